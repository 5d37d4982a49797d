namespace Repro.Core.Data.Records;

/// <summary>A row of a data set in the form that training takes.</summary>
public interface IDataRecord
{
    /// <summary>Where it comes from.</summary>
    Origin Origin { get; }
}
