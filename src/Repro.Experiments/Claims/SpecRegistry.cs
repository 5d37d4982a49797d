namespace Repro.Experiments.Claims;

/// <summary>The specs of one table, figure, section or statement. Implementations with a parameterless constructor are found by
/// reflection.</summary>
public interface ISpecGroup
{
    /// <summary>One spec for each claim of the group.</summary>
    IEnumerable<Spec> Specs();
}

/// <summary>The executable check of one claim.</summary>
/// <param name="ClaimId">The claim it settles.</param>
/// <param name="Check">Computes the evidence from the inputs that the context hands out.</param>
public sealed record Spec(string ClaimId, Func<SpecContext, Evidence> Check);

/// <summary>All specs of this assembly, found by reflection over <see cref="ISpecGroup"/>.</summary>
public sealed class SpecRegistry
{
    private readonly Dictionary<string, Spec> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Type> _owner = new(StringComparer.Ordinal);

    private SpecRegistry()
    {
    }

    /// <summary>Ids of all claims that have a spec.</summary>
    public IReadOnlyCollection<string> ClaimIds => _byId.Keys;

    /// <summary>Collects the specs of all groups.</summary>
    /// <param name="more">Groups that need what only the caller has, such as runs of a user.</param>
    /// <exception cref="InvalidOperationException">Two groups settle the same claim.</exception>
    public static SpecRegistry Load(params IReadOnlyList<ISpecGroup> more)
    {
        var groups = typeof(SpecRegistry).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(ISpecGroup)))
            .Where(t => t.GetConstructor(Type.EmptyTypes) is not null)
            .OrderBy(t => t.FullName, StringComparer.Ordinal)
            .Select(t => (ISpecGroup)Activator.CreateInstance(t)!);
        return From(groups.Concat(more));
    }

    /// <summary>Collects the specs of given groups.</summary>
    /// <param name="groups">The groups.</param>
    /// <exception cref="InvalidOperationException">Two specs settle the same claim.</exception>
    public static SpecRegistry From(IEnumerable<ISpecGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var registry = new SpecRegistry();
        foreach (var group in groups)
        {
            foreach (var spec in group.Specs())
            {
                if (!registry._byId.TryAdd(spec.ClaimId, spec))
                {
                    throw new InvalidOperationException(
                        $"claim {spec.ClaimId} has two specs: {registry._owner[spec.ClaimId].Name} and {group.GetType().Name}");
                }

                registry._owner.Add(spec.ClaimId, group.GetType());
            }
        }

        return registry;
    }

    /// <summary>The spec of a claim, or null when it has none yet.</summary>
    /// <param name="claimId">A claim id.</param>
    public Spec? Find(string claimId) => _byId.GetValueOrDefault(claimId);

    /// <summary>The class whose spec settles a claim, or null.</summary>
    /// <param name="claimId">A claim id.</param>
    public Type? Owner(string claimId) => _owner.GetValueOrDefault(claimId);
}
