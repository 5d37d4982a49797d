using System.CommandLine;
using Repro.Core;
using Repro.Core.Evaluation.Judges;

namespace Repro.Experiments.Cli;

/// <summary><c>judge</c>: asks a judge about pairs of answers, and counts its judgements.</summary>
internal static class JudgeVerb
{
    internal static Command Create() =>
        new("judge", "Asks a judge which of two answers is better, and counts its judgements.")
        {
            JudgeRunVerb.Create(), JudgePanelVerb.Create(), Import(), Report(),
        };

    private static Command Import()
    {
        var file = new Argument<string>("file") { Description = "annotations.json of AlpacaEval." };
        var to = new Option<string>("--out") { Description = "File for the judgements.", Required = true };
        var command = new Command("import", "Reads judgements that were made elsewhere; adds the order that AlpacaEval's rule gives.")
        {
            file, to,
        };
        command.SetAction(arguments =>
        {
            var read = Annotations.Read(arguments.GetValue(file)!);
            Save(arguments.GetValue(to)!, read, "imported");
            Print(JudgeReport.Compute(read), arguments.InvocationConfiguration.Output);
            return CommandLine.Success;
        });
        return command;
    }

    private static Command Report()
    {
        var file = new Argument<string>("file") { Description = "What run or import wrote, or annotations.json of AlpacaEval." };
        var convention = new Option<string?>("--convention")
        {
            Description = "How judgements of a pair are joined; default: by their mean.",
        };
        var mixed = new Option<bool>("--mixed") { Description = "Pools judgements of several models or versions of one." };
        var lengths = new Option<string?>("--length-control")
        {
            Description = "Folder with df_gamed.csv and instruction_difficulty.csv of AlpacaEval: adds its length-controlled win rate.",
        };
        var command = new Command("report", "Win rate, its bounds, and how much of it is the order of the answers.")
        {
            file, convention, mixed, lengths,
        };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var (read, output) = (Annotations.Read(arguments.GetValue(file)!, cancellation), arguments.InvocationConfiguration.Output);
                var joined = arguments.GetValue(convention) is { } name ? JudgeConvention.Load(name).Aggregation : default;
                Print(JudgeReport.Compute(read, joined, arguments.GetValue(mixed)), output, joined);
                if (arguments.GetValue(lengths) is { } folder)
                {
                    PrintLengthControl(JudgeReport.Preferences(read, joined), LengthControl.Read(folder), output, cancellation);
                }

                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    /// <summary>The standard error as it is shown; one pair has none.</summary>
    internal static string StandardError(WinRate rate) =>
        double.IsNaN(rate.StandardError) ? "unknown" : Invariant($"{rate.StandardError:F2}");

    internal static void Print(JudgeReport report, TextWriter output, PairAggregation joined = default)
    {
        var rate = report.Rate;
        output.WriteLine(Invariant($"win rate of output_2: {rate.Rate:F2}%, standard error {StandardError(rate)}, ")
            + Invariant($"of {rate.Total} pairs: ")
            + Invariant($"{rate.Wins} won, {rate.WinsBase} lost, {rate.Draws} draws; ")
            + Invariant($"wins and half of the draws are {rate.DiscreteRate:F2}%"));
        if (joined == PairAggregation.SameWinnerTwice)
        {
            output.WriteLine(Invariant($"as FastChat counts: win_rate {100.0 * rate.Wins / rate.Total:F2}%, ")
                + Invariant($"win_rate_adjusted {rate.DiscreteRate:F2}%"));
        }

        if (rate.Missing > 0)
        {
            output.WriteLine(Invariant($"{rate.Missing} pairs have no preference and are left out; ")
                + Invariant($"the rate lies between {rate.Lower:F2}% (all lost) and {rate.Upper:F2}% (all won)"));
        }

        output.WriteLine("judgements: " + string.Join(", ", report.Outcomes.OrderBy(pair => pair.Key)
            .Select(pair => Invariant($"{pair.Value} {Words(pair.Key)}"))));
        var share = report.Decided == 0 ? double.NaN : 100.0 * report.FirstWins / report.Decided;
        output.WriteLine(Invariant($"the answer shown first won {report.FirstWins} of {report.Decided} ({share:F1}%, ")
            + Invariant($"95% interval {100 * report.FirstShare.Lower:F1} to {100 * report.FirstShare.Upper:F1})"));
        output.WriteLine(double.IsNaN(report.OrderAdjustedRate)
            ? "output_2 was shown in one place only: its rate cannot be adjusted for the order"
            : Invariant($"output_2 wins {report.ShownFirstRate:F2}% shown first and {report.ShownSecondRate:F2}% shown second; ")
                + Invariant($"adjusted for the order {report.OrderAdjustedRate:F2}%"));
        foreach (var note in report.Notes)
        {
            output.WriteLine($"note: {note}");
        }
    }

    internal static void Save(string path, IEnumerable<Judgement> judgements, string annotator)
    {
        try
        {
            Annotations.Write(path, judgements, annotator);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"--out {path}: cannot be written ({e.Message})", e);
        }
    }

    private static void PrintLengthControl(
        IReadOnlyList<(AnswerPair Pair, double? Preference)> pairs, LengthControl control,
            TextWriter output, CancellationToken cancellation)
    {
        var rows = pairs.Where(pair => pair.Preference is not null).Select(pair => new LengthControlRow(
            pair.Pair.Index, pair.Preference!.Value, Annotations.Length(pair.Pair.Output1),
                Annotations.Length(pair.Pair.Output2))).ToList();
        var rate = control.Rate(rows, cancellation);
        var interval = control.Interval(rows, rate.C, cancellation: cancellation);
        output.WriteLine(Invariant($"length-controlled win rate: {rate.WinRate:F2}%, standard error {rate.StandardError:F2}; ")
            + Invariant($"95% interval over ")
            + Invariant($"instructions {interval.Lower:F2} to {interval.Upper:F2}; coefficients of length, difficulty and model ")
            + Invariant($"{rate.Coefficients[0]:F3}, {rate.Coefficients[1]:F3}, {rate.Coefficients[2]:F3} (C = {rate.C:G4})"));
        output.WriteLine("note: +-0.15 points: AlpacaEval's number depends on the tolerance of its solver and on an unstable sort"
            + (rate.RecordedFolds ? string.Empty : "; its folds for this number of rows are not recorded, others are used"));
    }

    private static string Words(JudgeOutcome outcome) => outcome switch
    {
        JudgeOutcome.Read => "read",
        JudgeOutcome.EqualOutputs => "of equal outputs",
        JudgeOutcome.Unparsed => "that cannot be read",
        JudgeOutcome.Refused => "refused",
        JudgeOutcome.Failed => "without an answer",
        _ => "not asked, as the budget was spent",
    };
}
