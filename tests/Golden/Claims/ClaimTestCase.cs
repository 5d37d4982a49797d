using System.ComponentModel;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Repro.Tests.Golden.Claims;

/// <summary>The test of one claim or of one group, with the traits <c>Paper</c>, <c>Claim</c> (its id and its table), <c>Kind</c> and
/// <c>Tier</c>.</summary>
public sealed class ClaimTestCase : XunitTestCase
{
    private string[] _traits = [];

    /// <summary>For deserialisation only.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("For deserialisation only.")]
    public ClaimTestCase()
    {
    }

    /// <summary>Creates the test case of a claim or of a group of claims.</summary>
    public ClaimTestCase(IMessageSink sink, TestMethodDisplay display, ITestMethod method, string argument, IEnumerable<Claim> claims)
        : base(sink, display, TestMethodDisplayOptions.None, method, [argument])
    {
        _traits = [.. claims.SelectMany(TraitsOf).Distinct(StringComparer.Ordinal)];
        AddTraits();
    }

    /// <inheritdoc/>
    public override void Serialize(IXunitSerializationInfo data)
    {
        base.Serialize(data);
        data.AddValue("ClaimTraits", _traits);
    }

    /// <inheritdoc/>
    public override void Deserialize(IXunitSerializationInfo data)
    {
        base.Deserialize(data);
        _traits = data.GetValue<string[]>("ClaimTraits");
        AddTraits();
    }

    private static string[] TraitsOf(Claim claim) =>
        [
            $"Paper={claim.Paper.ToString().ToUpperInvariant()}", $"Claim={claim.Id}", $"Claim={claim.Group}", $"Kind={claim.Kind}",
            $"Tier={claim.Tier}",
        ];

    private void AddTraits()
    {
        foreach (var trait in _traits)
        {
            var (name, value) = (
                trait[..trait.IndexOf('=', StringComparison.Ordinal)], trait[(trait.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            if (!Traits.TryGetValue(name, out var values))
            {
                Traits[name] = values = [];
            }

            if (!values.Contains(value))
            {
                values.Add(value);
            }
        }
    }
}
