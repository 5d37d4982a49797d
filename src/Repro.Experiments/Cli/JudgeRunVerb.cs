using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Evaluation.Judges;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Cli;

/// <summary><c>judge run</c>: asks a service, a reward model or the judge of a world.</summary>
internal sealed partial class JudgeRunVerb
{
    private const string Service = "service";
    private const string RewardModel = "reward-model";
    private const string Gold = "gold";
    private const int ShownDigits = 12;

    private readonly Option<string[]> _judge = new("--judge")
    {
        Description = "Who judges: 'service' (default); 'reward-model FOLDER', that of a model or a run; 'gold SEED', the judge of a "
            + "made-up world that knows the truth.",
        Arity = new ArgumentArity(1, 2),
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "Rows with 'instruction', 'output_1' and 'output_2'.",
    };

    private readonly Option<string?> _outputs = new("--outputs")
    {
        Description = "With --baseline: rows with 'instruction' and 'output', or what generate wrote, of the model that is counted.",
    };

    private readonly Option<string?> _baseline = new("--baseline") { Description = "The same of the baseline." };

    private readonly Option<string?> _convention = new("--convention")
    {
        Description = $"{string.Join(", ", JudgeConvention.Names)}, or a YAML file like theirs.",
    };

    private readonly Option<string?> _promptTemplate = new("--prompt-template")
    {
        Description = "File with the text of the convention's prompt; the published ones are not part of this program.",
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "A setting over that of the convention, such as request.model=gpt-4o-2024-08-06; may be repeated.",
    };

    private readonly Option<string> _endpoint = new("--endpoint")
    {
        Description = "Address of the service, with /v1.",
        DefaultValueFactory = _ => "https://api.openai.com/v1",
    };

    private readonly Option<string> _keyVariable = new("--key-variable")
    {
        Description = "Variable of the environment that holds the key of the service.",
        DefaultValueFactory = _ => "OPENAI_API_KEY",
    };

    private readonly Option<string> _record = new("--record")
    {
        Description = "Folder of the recorded answers.",
        DefaultValueFactory = _ => "judge-record",
    };

    private readonly Option<string> _mode = new("--mode")
    {
        Description = "replay (nothing is sent), record-missing (only what is not recorded) or live (all anew).",
        DefaultValueFactory = _ => "record-missing",
    };

    private readonly Option<PairOrder?> _order = new Option<PairOrder?>("--order")
    {
        Description = "both (two requests a pair), alpaca (as AlpacaEval: one, by the instruction) or given.",
        DefaultValueFactory = _ => PairOrder.Both,
    }.Choice();

    private readonly Option<double?> _maxUsd = new Option<double?>("--max-usd")
    {
        Description = "Most US dollars to spend; the exit code is 4 where they end the run.",
    }.Limit(new AtLeastAttribute(0));

    private readonly Option<string?> _prices = new("--prices") { Description = "YAML table of prices; default: that of the program." };

    private readonly Option<int> _concurrency = new Option<int>("--concurrency")
    {
        Description = "Requests at once.",
        DefaultValueFactory = _ => 8,
    }.Limit(new WithinAttribute(1, 1000));

    private readonly Option<int?> _rate = new Option<int?>("--requests-per-minute") { Description = "Most requests a minute." }
        .Limit(new WithinAttribute(1, 1_000_000));

    private readonly Option<bool> _dry = new("--dry") { Description = "Says what would be asked and what it may cost; asks nothing." };
    private readonly Option<string?> _out = new("--out") { Description = "File for the judgements, in AlpacaEval's form." };

    internal static Command Create() => new JudgeRunVerb().Verb();

    private Command Verb()
    {
        var reward = new ModelOptions($"--judge {RewardModel}", arguments => JudgeOf(arguments).Which);
        var length = ScoreVerb.MaxLength();
        var command = new Command("run", "Asks a judge about pairs of answers. What was answered is recorded and never paid for twice.")
        {
            _data, _outputs, _baseline, _judge, _convention, _promptTemplate, _set, _endpoint, _keyVariable, _record, _mode, _order,
            _maxUsd, _prices,
            _concurrency, _rate, _dry, _out, length,
        };
        reward.AddTo(command, rows: false);
        command.SetAction(async (arguments, cancellation) =>
        {
            if (JudgeOf(arguments).Kind != RewardModel)
            {
                reward.RefuseWithout(arguments, $"--judge {RewardModel} FOLDER; no other judge is a model here", length);
            }

            var pairs = Pairs(arguments, cancellation);
            return JudgeOf(arguments).Kind switch
            {
                RewardModel => await AskReward(arguments, reward, arguments.GetValue(length), pairs, cancellation),
                Gold => await AskGold(arguments, pairs, cancellation),
                _ => await AskService(arguments, pairs, cancellation),
            };
        });
        return command;
    }

    private (string Kind, string? Which) JudgeOf(ParseResult arguments) => arguments.GetValue(_judge) switch
    {
        null or [] or [Service] => (Service, null),
        [RewardModel, var folder] => (RewardModel, folder),
        [Gold, var seed] => (Gold, seed),
        { } other => throw new ReproException(
            $"--judge {string.Join(' ', other)}: {Service}, {RewardModel} FOLDER or {Gold} SEED was expected"
            + Suggestion.For(other[0], [Service, RewardModel, Gold])),
    };

    private IReadOnlyList<AnswerPair> Pairs(ParseResult arguments, CancellationToken cancellation) =>
        (arguments.GetValue(_data), arguments.GetValue(_outputs), arguments.GetValue(_baseline)) switch
        {
            ({ } data, null, null) => Annotations.ReadPairs(data, cancellation),
            (null, { } outputs, { } baseline) => Annotations.ReadOutputs(baseline, outputs, cancellation),
            _ => throw new ReproException("give either --data, or --outputs and --baseline"),
        };

    private async Task<int> AskService(ParseResult arguments, IReadOnlyList<AnswerPair> pairs, CancellationToken cancellation)
    {
        var name = arguments.GetValue(_convention) ?? throw new ReproException(
            $"give --convention, or --judge {RewardModel} FOLDER");
        var convention = JudgeConvention.Load(name, arguments.GetValue(_set));
        var template = convention.LoadTemplate(arguments.GetValue(_promptTemplate));
        var (endpoint, prices) = (EndpointOf(arguments), PriceTable.Load(arguments.GetValue(_prices)));
        var (order, mode, output) = (arguments.GetValue(_order)!.Value, ModeOf(arguments), arguments.InvocationConfiguration.Output);
        var price = prices.Models.GetValueOrDefault(convention.Request.Model);
        var most = arguments.GetValue(_maxUsd);
        if (most is not null && price is null)
        {
            throw new ReproException($"--max-usd: no price of {convention.Request.Model} is listed; name a table of prices with --prices");
        }

        var budget = new JudgeBudget(price, most ?? double.PositiveInfinity);
        foreach (var line in Plan(pairs, order, convention, template, price is null ? null : budget))
        {
            output.WriteLine(line);
        }

        if (price is not null && prices.Source is { } source)
        {
            output.WriteLine($"note: prices: {source}; --prices names a table of your own");
        }

        if (arguments.GetValue(_dry))
        {
            return CommandLine.Success;
        }

        var key = KeyOf(arguments, mode);
        using var record = new ExchangeRecord(arguments.GetValue(_record)!, mode != ReplayMode.Replay);
        if (record.SentWithoutAnswer > 0)
        {
            output.WriteLine(Invariant($"note: {record.SentWithoutAnswer} requests were under way when a run was killed; ")
                + "they may be paid twice");
        }

        var progress = new ProgressLine(arguments.InvocationConfiguration.Error, JudgeRun.Questions(pairs, order).Count());
        var transport = Transport(arguments, record, budget, mode, progress);
        using var judge = new ChatJudge(convention, template, transport, endpoint, key);
        var settings = new JudgeRunSettings { Order = order, Concurrency = arguments.GetValue(_concurrency) };
        var judgements = await JudgeRun.AskAsync(pairs, judge, settings, done => progress.Show(done, "judgements"), cancellation);
        progress.Clear();
        var counts = transport.Counts;
        output.WriteLine(Invariant($"{counts.Replayed} answers from the record, {counts.Issued} requests sent, ")
            + Invariant($"{counts.Answered} answered; ")
            + (price is null ? "cost not known" : Invariant($"{budget.Spent:F4} USD spent")));
        return Finish(arguments, judgements, convention.Name, convention.Aggregation);
    }

    private JudgeTransport Transport(
        ParseResult arguments, ExchangeRecord record, JudgeBudget budget, ReplayMode mode, ProgressLine progress)
    {
        var error = TextWriter.Synchronized(arguments.InvocationConfiguration.Error);
        return new JudgeTransport(record, budget, new TransportSettings
        {
            Mode = mode,
            RequestsPerMinute = arguments.GetValue(_rate),
            Retrying = failed =>
            {
                progress.Clear();
                error.WriteLine(Invariant($"note: {failed.Reason}; try {failed.Next} of {failed.Tries} ")
                    + Invariant($"in {failed.Wait.TotalSeconds:F1} s"));
            },
        });
    }

    private async Task<int> AskReward(
        ParseResult arguments, ModelOptions reward, int maxLength, IReadOnlyList<AnswerPair> pairs, CancellationToken cancellation)
    {
        const int Batch = 8;
        RefuseService(arguments, RewardModel);
        if (arguments.GetValue(_dry))
        {
            arguments.InvocationConfiguration.Output.WriteLine(
                Invariant($"{pairs.Count} pairs would be scored with {reward.Model(arguments)}; no service is asked"));
            return CommandLine.Success;
        }

        var answers = pairs.SelectMany(pair => new[] { (pair.Instruction, pair.Output1), (pair.Instruction, pair.Output2) })
            .Distinct().ToList();
        using var scorer = RewardScorer.Load(reward, arguments, maxLength, cancellation);
        var texts = answers.Select(answer => new ScoredText(
            [new ChatMessage(ChatRole.User, answer.Item1)], answer.Item2, "a pair"));
        var scores = answers.Zip(scorer.Scores(texts, Batch, cancellation)).ToDictionary(pair => pair.First, pair => pair.Second);
        var judge = new ScoreJudge(
            scorer.Identity.Model, (instruction, output) => scores[(instruction, output)], scorer.Identity.Own[..ShownDigits]);
        return await AskHere(arguments, judge, RewardModel, pairs, cancellation);
    }

    private async Task<int> AskGold(ParseResult arguments, IReadOnlyList<AnswerPair> pairs, CancellationToken cancellation)
    {
        RefuseService(arguments, Gold);
        var which = JudgeOf(arguments).Which;
        var seed = long.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ReproException($"--judge {Gold} {which}: the seed of a world was expected, a whole number");
        if (!arguments.GetValue(_dry))
        {
            return await AskHere(arguments, new WorldJudge(new World(seed), Invariant($"{Gold} {seed}")), Gold, pairs, cancellation);
        }

        arguments.InvocationConfiguration.Output.WriteLine(
            Invariant($"{pairs.Count} pairs would be judged in the world of seed {seed}; no service is asked"));
        return CommandLine.Success;
    }

    // No order sways these judges: one is enough. One pair at a time, so that a fault names the first that has it.
    private async Task<int> AskHere(
        ParseResult arguments, IPairJudge judge, string name, IReadOnlyList<AnswerPair> pairs, CancellationToken cancellation)
    {
        var settings = new JudgeRunSettings { Order = PairOrder.Given, Concurrency = 1 };
        return Finish(arguments, await JudgeRun.AskAsync(pairs, judge, settings, cancellation: cancellation), name);
    }

    private void RefuseService(ParseResult arguments, string judge)
    {
        Option[] service = [_convention, _promptTemplate, _set, _endpoint, _keyVariable, _record, _mode, _order, _maxUsd, _prices,
            _concurrency, _rate];
        if (service.FirstOrDefault(option => arguments.GetResult(option) is { Implicit: false }) is { } other)
        {
            throw new ReproException($"{other.Name} is for a service; with --judge {judge} none is asked");
        }
    }

    private int Finish(ParseResult arguments, IReadOnlyList<Judgement> judgements, string name, PairAggregation joined = default)
    {
        if (arguments.GetValue(_out) is { } path)
        {
            JudgeVerb.Save(path, judgements, name);
        }

        if (judgements.Any(judgement => judgement.Preference is not null))
        {
            JudgeVerb.Print(JudgeReport.Compute(judgements, joined, mixed: true), arguments.InvocationConfiguration.Output, joined);
        }
        else if (judgements.Count > 0)
        {
            arguments.InvocationConfiguration.Output.WriteLine(
                $"none of the judgements has a preference; the first: {judgements[0].Reason ?? "no reason is given"}");
        }

        return CodeOf(arguments, judgements);
    }

    // What failed comes before what was too dear: a higher limit would not help it.
    private int CodeOf(ParseResult arguments, IReadOnlyList<Judgement> judgements)
    {
        if (judgements.FirstOrDefault(judgement => judgement.Outcome == JudgeOutcome.Failed) is { } failed)
        {
            var missing = judgements.Count(judgement => judgement.Outcome is JudgeOutcome.Failed or JudgeOutcome.OverBudget);
            throw new ReproException(Invariant($"{missing} of {judgements.Count} judgements are missing ({failed.Reason}); ")
                + "the same command asks for them again and for nothing else");
        }

        var unpaid = judgements.Count(judgement => judgement.Outcome == JudgeOutcome.OverBudget);
        if (unpaid == 0)
        {
            return CommandLine.Success;
        }

        arguments.InvocationConfiguration.Error.WriteLine(
            Invariant($"--max-usd {arguments.GetValue(_maxUsd)} is spent: {unpaid} of {judgements.Count} judgements are missing; ")
                + "the same command asks for them and for nothing else, up to the limit again "
                + Invariant($"(exit code {CommandLine.LimitReached})"));
        return CommandLine.LimitReached;
    }

    private static IEnumerable<string> Plan(
        IReadOnlyList<AnswerPair> pairs, PairOrder order, JudgeConvention convention, JudgeTemplate template, JudgeBudget? budget)
    {
        var questions = JudgeRun.Questions(pairs, order).ToList();
        var most = questions.Sum(question => budget?.Estimate(
            JudgeBudget.PromptOf(ChatJudge.Body(convention, template, question.Pair, question.Switched)),
            convention.Request.MaxTokens) ?? 0);
        yield return Invariant($"{convention.Name}: {questions.Count} requests to {convention.Request.Model} about {pairs.Count} pairs, ")
            + (budget is null ? "no price of the model is listed"
                : Invariant($"at most about {most:F2} USD (a token for each three bytes)"));
        yield return $"convention and template: sha256 {convention.Hash(template)}";
        if (convention.Places.ContainsKey("reference") && pairs.Count(pair => pair.Reference.Length == 0) is var empty and > 0)
        {
            yield return Invariant($"note: {empty} of {pairs.Count} pairs have no 'reference', which the template shows to the judge");
        }

        if (convention.Order != order)
        {
            yield return $"note: the convention's own order is {convention.Order.ToString().ToLowerInvariant()}; "
                + $"asked is {order.ToString().ToLowerInvariant()} (--order)";
        }

        if (!Dated().IsMatch(convention.Request.Model))
        {
            yield return $"note: '{convention.Request.Model}' names no date: it may be another model tomorrow";
        }
    }

    private ReplayMode ModeOf(ParseResult arguments) => arguments.GetValue(_mode) switch
    {
        "replay" => ReplayMode.Replay,
        "record-missing" => ReplayMode.RecordMissing,
        "live" => ReplayMode.Live,
        var other => throw new ReproException($"--mode {other}: replay, record-missing or live was expected"),
    };

    private Uri EndpointOf(ParseResult arguments) =>
        Uri.TryCreate(arguments.GetValue(_endpoint), UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
            : throw new ReproException($"--endpoint {arguments.GetValue(_endpoint)}: an address "
                + "such as https://api.openai.com/v1 was expected");

    private string KeyOf(ParseResult arguments, ReplayMode mode)
    {
        var variable = arguments.GetValue(_keyVariable)!;
        return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } key ? key
            : mode == ReplayMode.Replay ? "none"
            : throw new ReproException($"the variable {variable} holds no key of the service; a server of your own takes any");
    }

    [GeneratedRegex("[0-9]{4}")]
    private static partial Regex Dated();
}
