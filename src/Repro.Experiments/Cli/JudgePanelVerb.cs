using System.CommandLine;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Evaluation.Judges;
using Repro.Core.Evaluation.Voting;

namespace Repro.Experiments.Cli;

/// <summary><c>judge panel</c>: what several voters and an expert make of the same pairs (ADR Section 4.2).</summary>
internal static class JudgePanelVerb
{
    internal static Command Create()
    {
        var votes = new Option<string[]>("--votes")
        {
            Description = "The votes: first a file of judge run, which has the pairs, then one for each other voter or of several raters, "
                + "as study export writes it.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var expert = new Option<string?>("--expert")
        {
            Description = "The same of the expert, who decides what the voters leave open; without it that is missing.",
        };
        var unanimous = new Option<bool>("--unanimous")
        {
            Description = "What --out has: the expert decides all that is not unanimous; without it he decides ties.",
        };
        var to = new Option<string?>("--out") { Description = "File for the panel's judgements, in AlpacaEval's form." };
        var command = new Command("panel", "Counts the votes of several judges and an expert, in both readings of ADR's rule.")
        {
            votes, expert, unanimous, to,
        };
        command.SetAction((arguments, cancellation) => Task.Run(
            () => Run(arguments, arguments.GetValue(votes)!, arguments.GetValue(expert),
                arguments.GetValue(unanimous) ? ExpertRule.WithoutConsensus : ExpertRule.OnTie, arguments.GetValue(to), cancellation),
            cancellation));
        return command;
    }

    private static int Run(
        ParseResult arguments, string[] files, string? expert, ExpertRule chosen, string? to, CancellationToken cancellation)
    {
        var panel = PanelFiles.Read(files, expert, cancellation);
        var output = arguments.InvocationConfiguration.Output;
        output.WriteLine(Invariant($"{panel.Pairs.Count} pairs, {panel.Voters.Count} {InvariantText.Noun(panel.Voters.Count, "voter")}: ")
            + $"{string.Join(", ", panel.Voters)}; {(expert is null ? "no expert" : $"expert {expert}")}");
        if (panel.Abstentions > 0)
        {
            output.WriteLine(panel.Abstentions == 1 ? "1 vote is a tie or missing and does not count"
                : Invariant($"{panel.Abstentions} votes are ties or missing and do not count"));
        }

        var readings = Enum.GetValues<ExpertRule>().ToDictionary(rule => rule, rule => AdrPanel.Decide(panel.Pairs, rule));
        foreach (var reading in readings.Values)
        {
            Write(output, reading, panel.Pairs.Count, expert is not null);
        }

        if (to is not null)
        {
            var decided = readings[chosen];
            JudgeVerb.Save(to, panel.Pairs.Zip(decided.Preferences, (pair, preference) => new Judgement(
                pair.Pair, false, preference, preference is null ? JudgeOutcome.Unparsed : JudgeOutcome.Read)
            {
                Model = $"panel of {string.Join(", ", panel.Voters)}",
                Reason = preference is not null ? null
                    : expert is null ? "left open by the voters, without an expert" : "left to an expert who did not vote",
            }), "adr-panel");
        }

        return CommandLine.Success;
    }

    private static void Write(TextWriter output, AdrPanel panel, int pairs, bool hasExpert)
    {
        var rate = panel.Rate;
        var reading = panel.Rule == ExpertRule.OnTie ? "the expert decides ties" : "the expert decides all that is not unanimous";
        var missing = rate.Missing == 0 ? string.Empty : Invariant($"; {rate.Missing} without a preference, the rate lies between ")
            + Invariant($"{rate.Lower:F2}% (all lost) and {rate.Upper:F2}% (all won)");
        output.WriteLine(Invariant($"{reading}: output_2 wins {rate.Rate:F2}% of {rate.Total} pairs, ")
            + Invariant($"standard error {JudgeVerb.StandardError(rate)}; {panel.ByExpert} of {pairs} ")
            + (hasExpert ? "were left to the expert" : "stay open without an expert") + missing);
    }
}

/// <summary>Votes of several files on the same pairs.</summary>
/// <param name="Pairs">Votes on each pair, in the order of the first file.</param>
/// <param name="Voters">Who voted: files, or raters in them.</param>
/// <param name="Abstentions">Pairs on which a voter has no vote, or a tie, over all voters.</param>
internal sealed record PanelFiles(IReadOnlyList<PanelVotes> Pairs, IReadOnlyList<string> Voters, int Abstentions)
{
    /// <summary>Reads the files.</summary>
    /// <param name="files">The first is what <c>judge run</c> wrote and has the pairs; others may be of <c>study export</c>.</param>
    /// <param name="expert">The same of the expert; null for none.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">A file is damaged, votes on other pairs than those of the first, or does not say on which of
    /// several pairs of one instruction.</exception>
    internal static PanelFiles Read(IReadOnlyList<string> files, string? expert, CancellationToken cancellation)
    {
        if (files.CountBy(file => file).FirstOrDefault(count => count.Value > 1) is { Key: { } twice })
        {
            throw new ReproException($"--votes {twice}: is named twice; each voter has one vote");
        }

        var pairs = PairsOf(files[0], cancellation);
        var known = new KnownPairs(files[0], pairs);
        var voters = files.SelectMany(file => VotersOf(file, ShownName(file, files), known)).ToList();
        var experts = expert is null ? [] : VotersOf(expert, expert, known);
        if (experts.Count > 1)
        {
            throw new ReproException(Invariant($"--expert {expert}: votes of one expert were expected, found {experts.Count} raters"));
        }

        var votes = pairs.Select(pair => VotesOn(pair, voters, experts.FirstOrDefault())).ToList();
        return new PanelFiles(
            votes, [.. voters.Select(voter => voter.Name)], (pairs.Count * voters.Count) - votes.Sum(pair => pair.Votes.Count));
    }

    private static List<AnswerPair> PairsOf(string file, CancellationToken cancellation)
    {
        if (ChatRows.Read(file).FirstOrDefault().Row is { } row && !(row.ContainsKey("output_1") && row.ContainsKey("output_2")))
        {
            throw new ReproException($"--votes {file}: the first file has the pairs, as judge run writes it: rows with 'instruction', "
                + $"'output_1' and 'output_2' were expected; these have {string.Join(", ", row.Select(column => column.Key))}");
        }

        return [.. Annotations.Read(file, cancellation).Select(judgement => judgement.Pair).DistinctBy(KeyOf)];
    }

    private static PanelVotes VotesOn(AnswerPair pair, List<Voter> voters, Voter? expert)
    {
        var key = KeyOf(pair);
        return new PanelVotes(pair, [.. voters.Select(voter => voter.VoteOn(key)).OfType<int>()], expert?.VoteOn(key));
    }

    private static PairKey KeyOf(AnswerPair pair) =>
        new(ChatRows.Key([new ChatMessage(ChatRole.User, pair.Instruction)]), pair.Output1, pair.Output2);

    // Judgements that are passed on say who voted, not where on a disk the votes lay.
    private static string ShownName(string file, IReadOnlyList<string> files) =>
        files.Count(other => Path.GetFileName(other) == Path.GetFileName(file)) == 1 ? Path.GetFileName(file) : file;

    private static List<Voter> VotersOf(string file, string name, KnownPairs pairs)
    {
        var voters = new Dictionary<string, Voter>(StringComparer.Ordinal);
        foreach (var (row, prompt, where) in ChatRows.Read(file))
        {
            var rater = row.ContainsKey("rater") ? ChatRows.Text(row, "rater", where) : string.Empty;
            var voter = voters.TryGetValue(rater, out var known) ? known
                : voters[rater] = new Voter(rater.Length == 0 ? name : $"{name} ({rater})");
            voter.Add(pairs.Find(row, prompt, where), DifferenceOf(row, where));
        }

        return voters.Count > 0 ? [.. voters.Values] : throw new ReproException($"{file}: holds no vote");
    }

    // A judge whose answer cannot be read has null.
    private static double DifferenceOf(JsonObject row, string where) =>
        row.ContainsKey("preference") && row["preference"] is null ? 0 : CompareVerb.Difference(row, where);

    // Judgements in both orders have the outputs at the same places, whichever was shown first.
    private sealed record PairKey(string Instruction, string Output1, string Output2);

    // The pairs of the first file. Not every file has the outputs; an instruction alone names its pair where there is one.
    private sealed class KnownPairs(string file, IReadOnlyList<AnswerPair> pairs)
    {
        private readonly ILookup<string, PairKey> _keys = pairs.Select(KeyOf).ToLookup(key => key.Instruction, StringComparer.Ordinal);

        internal PairKey Find(JsonObject row, IReadOnlyList<ChatMessage> prompt, string where)
        {
            List<PairKey> own = [.. _keys[ChatRows.Key(prompt)]];
            if (own.Count == 0)
            {
                throw new ReproException($"{where}: votes on an instruction that is not among those of {file}");
            }

            if (Text(row, "output_1") is { } first && Text(row, "output_2") is { } second)
            {
                return own.Find(key => key.Output1 == first && key.Output2 == second)
                    ?? throw new ReproException($"{where}: votes on other outputs than those that {file} has of the instruction, "
                        + "or on them the other way round");
            }

            return own.Count == 1 ? own[0] : throw new ReproException(Invariant($"{where}: votes on an instruction of which ")
                + Invariant($"{file} has {own.Count} pairs; 'output_1' and 'output_2' were expected, which tell them apart"));
        }

        private static string? Text(JsonObject row, string key) =>
            row[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
    }

    // Judgements in both orders are one vote; where they differ there is none, as the panel knows no tie.
    private sealed class Voter(string name)
    {
        private readonly Dictionary<PairKey, double> _differences = [];

        internal string Name => name;

        internal void Add(PairKey key, double difference) =>
            _differences[key] = !_differences.TryGetValue(key, out var before) || before.Equals(difference) ? difference : 0;

        internal int? VoteOn(PairKey key) => _differences.GetValueOrDefault(key) switch { > 0 => 1, < 0 => 2, _ => null };
    }
}
