using Repro.Core;
using Repro.Core.Evaluation.Rankings;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 5.5.2, Table 9 and Figure 30: how the human study was set up.</summary>
internal sealed class Section552HumanEvaluation : ISpecGroup
{
    private const string Handpicked = "data/eval_humaneval_handpicked.json";
    private const string Sampled = "data/eval_humaneval_sampled.json";
    private const string Final = "data/eval_final.json";
    private const string Tuning = "data/eval_hp_tuning.json";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.5.2-merge", Merge),
        new("CRS-S5.5.2-participants", Participants),
        new("CRS-S5.5.2-five-per-subset", FivePerSubset),
        new("CRS-S5.5.2-no-overlap", NoOverlap),
        new("CRS-S5.5.2-presample", Presample),
        new("CRS-S5.5.2-points", Points),
        new("CRS-S5.5.2-three-sets", ThreeSets),
        new("CRS-T9-merge", ExampleMerge),
        new("CRS-F30-slides", Slides),
        new("CRS-X-defence-25", DefenceSlides),
    ];

    private static Evidence Merge(SpecContext context)
    {
        var evidence = context.Evidence();
        var groups = HumanVotes.Groups.Select(
            g => (Votes: HumanVotes.Read(context, g), Merged: context.Artifact<MergedRankingFacts>(HumanVotes.MergedOf(g)).Rankings))
                .ToList();
        var total = groups.Sum(g => g.Merged.Count);
        int Reproduced(IReadOnlyList<string> order) =>
            groups.Sum(g => HumanStudy.Merge(g.Votes, order).Zip(g.Merged, (a, b) => a.SequenceEqual(b) ? 1 : 0).Sum());
        foreach (var order in HumanVotes.Orders)
        {
            evidence.Value($"reproduced_ties_{string.Join(',', order)}", Reproduced(order));
        }

        var reproduced = Reproduced(HumanVotes.Models);
        var others = HumanVotes.Orders.Where(o => !o.SequenceEqual(HumanVotes.Models)).Select(Reproduced);
        return evidence
            .Value("merged_rankings", total)
            .Value("votes_with_equal_ranks", groups.Sum(g => g.Votes.Sum(p => p.Count(v => v.Ranks.Distinct().Count() < v.Ranks.Count))))
            .Sample("prompts", total)
            .Require("votes and merged rankings cover the same prompts", groups.All(g => g.Votes.Count == g.Merged.Count))
            .Require("every merged ranking is reproduced", reproduced == total, Invariant($"{reproduced} of {total}"))
            .Explain(
                Invariant($"Ranked pairs with ties in alphabetical order of the model names reproduces {reproduced} of {total} merged ")
                    + "rankings; with the other five orders it reproduces "
                    + $"{InvariantText.Join(", ", others)}.");
    }

    private static Evidence Participants(SpecContext context)
    {
        var groups = HumanVotes.Groups.Select(g => context.Artifact<VoteFacts>(HumanVotes.VotesOf(g)).Prompts).ToList();
        var annotators = groups.Select(g => g.SelectMany(p => p).Select(v => v.Annotator).Distinct().ToList()).ToList();
        var complete = groups.All(g => g.All(p => p.Select(v => v.Annotator).Distinct().Count() == p.Count && p.Count == g[0].Count));
        var evidence = context.Evidence()
            .Compare("participants", context.Printed("participants"), annotators.SelectMany(a => a).Distinct().Count())
            .Compare("groups", context.Printed("groups"), groups.Count)
            .Value("votes", groups.Sum(g => g.Sum(p => p.Count)))
            .Require(
                "groups of equal size",
                annotators.Select(a => a.Count).Distinct().Count() == 1,
                InvariantText.Join(", ", annotators.Select(a => a.Count)))
            .Require("every member of a group votes once on every prompt", complete);
        for (var i = 0; i < groups.Count; i++)
        {
            evidence.Compare(Invariant($"prompts_group_{HumanVotes.Groups[i]}"), context.Printed("prompts"), groups[i].Count);
        }

        return evidence.Explain(
            Invariant($"The vote files hold {InvariantText.Join(", ", annotators.Select(a => a.Count))} annotators with ")
                + Invariant($"{InvariantText.Join(", ", groups.Select(g => g.Count))} prompts, ")
                + Invariant($"{groups.Sum(g => g.Sum(p => p.Count))} votes in all."));
    }

    private static Evidence FivePerSubset(SpecContext context)
    {
        var counts = ByDataset(context, Handpicked);
        var evidence = context.Evidence()
            .Compare("prompts", context.Printed("prompts"), counts.Sum(c => c.Count))
            .Compare("sources", context.Printed("sources"), counts.Count);
        foreach (var (dataset, count) in counts)
        {
            evidence.Compare($"prompts_{dataset}", context.Printed("per_source"), count);
        }

        return evidence.Explain($"The set holds {Join(counts)}.");
    }

    private static Evidence NoOverlap(SpecContext context)
    {
        var human = context.Artifact<PromptFacts>(Handpicked).Rows;
        var evidence = context.Evidence().Sample("prompts", human.Count);
        var found = new List<string>();
        foreach (var (name, file) in new[] { ("final", Final), ("tuning", Tuning) })
        {
            var other = context.Artifact<PromptFacts>(file).DatasetOf();
            var shared = human.Where(r => other.ContainsKey(r.Prompt)).ToList();
            evidence.Value($"shared_with_{name}", shared.Count)
                .Require(
                    $"no prompt shared with the {name} set",
                    shared.Count == 0,
                    string.Join(", ", shared.Select(r => $"{r.Dataset} {r.Prompt}")));
            found.Add(
                $"{shared.Count} are in the {name} "
                    + $"set{(shared.Count == 0 ? string.Empty : $" (from {string.Join(", ", shared.Select(r => r.Dataset))})")}");
        }

        return evidence.Explain(
            $"Of the {human.Count} prompts of the human study {string.Join(" and ", found)}, "
                + "by comparing the instructions without chat tags.");
    }

    private static Evidence Presample(SpecContext context)
    {
        var counts = ByDataset(context, Sampled);
        var printed = context.Printed("per_source").AsInput();
        var kept = ByDataset(context, Handpicked).ToDictionary(c => c.Dataset, c => c.Count, StringComparer.Ordinal);
        var evidence = context.Evidence().Sample("prompts", counts.Sum(c => c.Count));
        foreach (var (dataset, count) in counts)
        {
            evidence.Value($"prompts_{dataset}", count)
                .Require(
                    Invariant($"{dataset}: more prompts were drawn than picked by hand"), count > kept.GetValueOrDefault(dataset),
                    Invariant($"{count} and {kept.GetValueOrDefault(dataset)}"));
        }

        return evidence.Reserve(Invariant($"almost {printed}"), $"the released sample holds {Join(counts)}")
            .Explain(Invariant($"The released sample holds {Join(counts)}, {counts.Sum(c => c.Count)} in all, where almost {printed} ")
                + "for each source is stated.");
    }

    private static Evidence Points(SpecContext context)
    {
        var points = Borda.NormalisedFromRanks([1, 2, 3]);
        return context.Evidence()
            .Compare("first", context.Printed("first"), points[0])
            .Compare("second", context.Printed("second"), points[1])
            .Compare("third", context.Printed("third"), points[2])
            .Explain($"The normalised Borda points of three places are {string.Join(", ", points.Select(p => Invariant($"{p:F4}")))}.");
    }

    private static Evidence ThreeSets(SpecContext context)
    {
        var groups = HumanVotes.Groups.Select(g => context.Artifact<StudyResponseFacts>(HumanVotes.ResponsesOf(g)).Rows).ToList();
        var prompts = groups.Select(g => g.Select(r => r.Prompt).ToHashSet(StringComparer.Ordinal)).ToList();
        var samePrompts = prompts.All(p => p.SetEquals(prompts[0]));
        var responses = groups.Select(
            g => g.ToDictionary(
                r => r.Prompt, r => r.Responses.Select(x => x.Key).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal)).ToList();
        var common = prompts[0].Where(p => prompts.All(s => s.Contains(p))).ToList();
        var sameSets = common.Sum(p => Pairs(groups.Count).Count(x => responses[x.First][p].SetEquals(responses[x.Second][p])));
        var shared = common.Sum(p => Pairs(groups.Count).Sum(x => responses[x.First][p].Count(responses[x.Second][p].Contains)));
        return context.Evidence()
            .Compare("sets", context.Printed("sets"), groups.Count)
            .Value("prompts", common.Count)
            .Value("responses", groups.Sum(g => g.Sum(r => r.Responses.Count)))
            .Value("responses_shared_between_groups", shared)
            .Sample("prompts", common.Count)
            .Require("the groups have the same prompts", samePrompts)
            .Require("no two groups have the same set of responses to a prompt", sameSets == 0, Invariant($"{sameSets} equal sets"))
            .Explain(
                Invariant($"The {groups.Count} groups share {common.Count} prompts; ")
                    + Invariant($"{sameSets} of {common.Count * Pairs(groups.Count).Count()} pairs of response sets are equal, ")
                    + Invariant($"and {shared} single responses occur in two groups."));
    }

    private static Evidence ExampleMerge(SpecContext context)
    {
        var table = context.Table("crs/table-09");
        var voters = table.Rows.Where(r => r != "merged").ToList();
        var votes = voters.Select(v => Ballots.FromRanks(table.Columns, [.. table.Columns.Select(c => (int)table[v, c].AsInput())]))
            .ToList();
        var possible = RankedPairs.AllOrders(votes);
        var tally = HeadToHead.Count(votes);
        var evidence = context.Evidence().Sample("votes", votes.Count).Value("ranking", string.Join(" > ", possible[0].Ranking));
        foreach (var (first, second) in Pairs(tally.Candidates.Count))
        {
            evidence.Value($"margin {tally.Candidates[first]} over {tally.Candidates[second]}", tally.Margin(first, second));
        }

        for (var place = 0; place < possible[0].Ranking.Count; place++)
        {
            evidence.Compare($"rank {possible[0].Ranking[place]}", table["merged", possible[0].Ranking[place]], place + 1);
        }

        return evidence.Require("no tie-break is needed", possible.Count == 1, $"{possible.Count} possible rankings")
            .Explain(
                $"Ranked pairs gives {string.Join(" > ", possible[0].Ranking)} from the {votes.Count} votes, "
                    + (possible.Count == 1 ? "whatever the order of ties."
                        : $"one of {possible.Count} rankings that the order of ties allows."));
    }

    private static Evidence Slides(SpecContext context)
    {
        var entries = context.Artifact<ModelKeyFacts>(HumanVotes.Keys).Groups.SelectMany(g => g.Prompts).ToList();
        var permutations = entries.Count(e => e.Models.Order(StringComparer.Ordinal).SequenceEqual(HumanVotes.Models));
        var observed = HumanVotes.Orders.Select(o => entries.Count(e => e.Models.SequenceEqual(o))).ToArray();
        var p = ChiSquare.GoodnessOfFit(observed, [.. observed.Select(_ => 1.0 / observed.Length)]).PValue;
        return context.Evidence()
            .Compare("responses", context.Printed("buttons"), entries.Max(e => e.Models.Count))
            .Value("entries", entries.Count)
            .Value("permutations", permutations)
            .Value("different_orders", observed.Count(o => o > 0))
            .Sample("entries", entries.Count)
            .PValue("chi square, the six orders equally frequent", p)
            .Require(
                "every entry names each of the three models once",
                permutations == entries.Count,
                Invariant($"{permutations} of {entries.Count}"))
            .Require("the order is shuffled", observed.Count(o => o > 0) > 1)
            .Explain(
                Invariant($"{permutations} of {entries.Count} entries name each of {string.Join(", ", HumanVotes.Models)} once; ")
                    + Invariant(
                        $"the six orders occur {InvariantText.Join(", ", observed)} times (chi square against equal shares p {p:G3})."));
    }

    private static Evidence DefenceSlides(SpecContext context)
    {
        var count = context.Artifact<PromptFacts>(Handpicked).Rows.Count;
        return context.Evidence()
            .Value("prompts", count)
            .Require(
                "the slides give another number", context.Printed("value").AsInput() != count,
                Invariant($"{context.Printed("value").Text} and {count}"))
            .Explain(
                Invariant($"The released set of the human study holds {count} prompts; the slides give {context.Printed("value").Text}."));
    }

    private static List<(string Dataset, int Count)> ByDataset(SpecContext context, string file) =>
        [.. context.Artifact<PromptFacts>(file).Rows.GroupBy(r => r.Dataset, StringComparer.Ordinal).Select(g => (g.Key, g.Count()))];

    private static string Join(IEnumerable<(string Dataset, int Count)> counts) =>
        string.Join(", ", counts.Select(c => $"{c.Count} {c.Dataset}"));

    private static IEnumerable<(int First, int Second)> Pairs(int count) =>
        from first in Enumerable.Range(0, count) from second in Enumerable.Range(first + 1, count - first - 1) select (first, second);
}
