namespace Repro.Experiments.Claims;

/// <summary>The specs of one table, figure, section or statement. Implementations are found by reflection; they need a parameterless constructor.</summary>
public interface ISpecGroup
{
    /// <summary>One spec for each claim of the group.</summary>
    IEnumerable<Spec> Specs();
}
