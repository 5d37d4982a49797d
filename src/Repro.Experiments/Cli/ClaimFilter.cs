using System.CommandLine;
using System.IO.Enumeration;
using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Cli;

/// <summary>The options that choose claims, shared by several verbs.</summary>
internal sealed class ClaimFilter
{
    private readonly Option<Paper?> _paper = new("--paper") { Description = "Only claims of one paper: crs or adr." };
    private readonly Option<string[]> _claim = new("--claim") { Description = "Only claims whose id, or table, matches: CRS-T16, CRS-T16-*, ADR-*. May be repeated." };
    private readonly Option<ClaimKind?> _kind = new("--kind") { Description = "Only claims of one kind." };
    private readonly Option<Tier?> _tier = new("--tier") { Description = "Only claims of one tier." };

    internal void AddTo(Command command)
    {
        command.Add(_paper);
        command.Add(_claim);
        command.Add(_kind);
        command.Add(_tier);
    }

    /// <summary>The chosen claims, in catalogue order.</summary>
    /// <exception cref="InputException">A pattern matches nothing.</exception>
    internal IReadOnlyList<Claim> Apply(ParseResult arguments, ClaimCatalog catalog)
    {
        var patterns = arguments.GetValue(_claim) ?? [];
        foreach (var pattern in patterns)
        {
            if (!catalog.Claims.Any(c => Matches(c, pattern)))
            {
                var names = catalog.Claims.Select(c => c.Id).Concat(catalog.Claims.Select(c => c.Group).Distinct());
                throw new InputException($"--claim {pattern}: no claim id matches{Suggestion.For(pattern, names)}");
            }
        }

        return
        [
            .. catalog.Claims
                .Where(c => arguments.GetValue(_paper) is not { } paper || c.Paper == paper)
                .Where(c => arguments.GetValue(_kind) is not { } kind || c.Kind == kind)
                .Where(c => arguments.GetValue(_tier) is not { } tier || c.Tier == tier)
                .Where(c => patterns.Length == 0 || patterns.Any(p => Matches(c, p))),
        ];
    }

    private static bool Matches(Claim claim, string pattern) =>
        string.Equals(claim.Group, pattern, StringComparison.OrdinalIgnoreCase) || FileSystemName.MatchesSimpleExpression(pattern, claim.Id, ignoreCase: true);
}
