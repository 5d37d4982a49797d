using Repro.Core;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.RejectionSampling;
using Repro.Core.Training.RewardModels;
using Repro.Core.Training.Rollouts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr.Specs;

/// <summary>Why a setting that our files copy from the paper stays open.</summary>
internal static class NotConfirmed
{
    /// <summary>The reason, as a claim states it.</summary>
    internal const string Reason = "that a file of this project says what the paper says shows nothing of what the authors ran; evidence "
        + "of a run that used it would settle the claim";

    /// <summary>The end of an explanation, which names the input that is not to be had.</summary>
    /// <param name="input">What would settle the claim.</param>
    internal static string Missing(string input) => $" Not to be had, and needed for a verdict: {input}; the paper comes without code.";
}

/// <summary>ADR appendix A.1: how the process reward models were trained, against the file of that stage.</summary>
internal sealed class AppendixA1Training : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-APPA-EPOCHS", Check)];

    private static Evidence Check(SpecContext context)
    {
        var config = context.Config<ProcessRewardConfig>("adr/prm");
        var formats = config.Data.Select(set => set.Format).ToList();
        return context.Evidence()
            .CompareExactly("epochs", context.Printed("epochs"), config.Training.Epochs)
            .Require("the stage trains on step labels of PRM800K", formats.Contains("prm800k"), string.Join(", ", formats))
            .Reserve(
                "sentence labels of HelpSteer",
                "they were not released: the public data set rates whole replies, which the outcome reward model uses")
            .Absent("what the authors ran", NotConfirmed.Reason)
            .Explain(
                Invariant($"configs/adr/prm.yaml trains {config.Training.Epochs} epochs on {string.Join(" and ", formats)}; the sentence ")
                    + "labels of HelpSteer are not public.");
    }
}

/// <summary>ADR appendix A.2: the shapes of the printed example score arrays.</summary>
internal sealed class AppendixA2Scores : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-APPA-SHAPE", Check)];

    private static Evidence Check(SpecContext context)
    {
        var table = context.Table("adr/appendix-a2-scores");
        var dimensions = (int)context.Printed("dimensions").AsInput();
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var row in table.Rows)
        {
            var lengths = table.Columns.Select(c => table.TryGet(row, c)).OfType<Printed>().Select(p => (int)p.AsInput()).ToList();
            var byDimension = lengths.Count == dimensions && lengths.Distinct().Count() == 1;
            var bySentence = lengths.Count > 0 && lengths.All(l => l == dimensions);
            evidence.Value($"{row} lists", lengths.Count)
                .Value($"{row} lengths", InvariantText.Join(", ", lengths))
                .Value($"{row} scores", lengths.Sum());
            var layout = Invariant($"{row}: one list per dimension of equal length, or one list of {dimensions} per sentence");
            _ = byDimension || bySentence ? evidence.Require(layout, true)
                : evidence.Undecided(layout, lengths.Sum() % dimensions == 0
                    ? "neither as the brackets stand; read from a text conversion, in which brackets can be lost"
                    : Invariant($"neither, wherever brackets stand: {lengths.Sum()} scores are no multiple of {dimensions}; read from a ")
                        + "text conversion, in which scores can be lost");
            parts.Add(Invariant($"{row} {lengths.Count} lists of {InvariantText.Join(", ", lengths)}, {lengths.Sum()} scores"));
        }

        return evidence.Sample("arrays", table.Rows.Count).Explain(Invariant($"With {dimensions} dimensions the arrays would have ")
            + Invariant($"{dimensions} lists of equal length, or lists of length {dimensions}; printed are {string.Join("; ", parts)}. ")
            + "The arrays were read from a text conversion, in which brackets and scores can be lost, so that they do not say how the "
            + "sentences were scored.");
    }
}

/// <summary>ADR appendix B: how responses are drawn, against the files of sampling and of PPO.</summary>
internal sealed class AppendixBSampling : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-APPB", Check)];

    private static Evidence Check(SpecContext context)
    {
        var plan = context.Config<SamplingPlan>("adr/sampling");
        var (dpo, ppo, rejection) = (
            context.Config<OnlineDpoConfig>("adr/dpo"), context.Config<PpoConfig>("adr/ppo"),
            context.Config<RejectionSamplingConfig>("adr/rs"));
        var samplers = new (string Stage, SamplerSettings Sampler, int Prompt)[]
        {
            ("DPO", dpo.Online.Sampler, dpo.MaxPromptLength), ("PPO", ppo.Ppo.Sampler, ppo.MaxPromptLength),
            ("RS", rejection.Rejection.Sampler, rejection.MaxPromptLength),
        };
        var differing = samplers.Where(
            entry => (entry.Sampler.TopP, entry.Sampler.TopK, entry.Sampler.Temperature, entry.Prompt + entry.Sampler.MaxNewTokens)
            != (plan.TopP, plan.TopK, plan.Temperature, plan.MaximumLength)).Select(entry => entry.Stage).ToList();
        var responses = new[] { dpo.Online.PolicySamples, dpo.Online.ReferenceSamples, rejection.Rejection.Samples };
        return context.Evidence()
            .CompareExactly("max_length", context.Printed("max_length"), plan.MaximumLength)
            .CompareExactly("top_p", context.Printed("top_p"), plan.TopP)
            .CompareExactly("top_k", context.Printed("top_k"), plan.TopK)
            .CompareExactly("num_beams", context.Printed("num_beams"), plan.Beams)
            .CompareExactly("temperature", context.Printed("temperature"), plan.Temperature)
            .CompareExactly("num_return_sequences", context.Printed("num_return_sequences"), plan.ResponsesPerPrompt)
            .Require(
                "DPO, PPO and RS sample with the same top-p, top-k, temperature and length", differing.Count == 0,
                string.Join(", ", differing))
            .Require(
                "DPO draws as many responses from policy and reference, and RS from the policy",
                Array.TrueForAll(responses, count => count == plan.ResponsesPerPrompt), InvariantText.Join(", ", responses))
            .Absent("what the authors ran", NotConfirmed.Reason)
            .Explain(
                Invariant($"The files say: length {plan.MaximumLength}, top-p {plan.TopP}, top-k {plan.TopK}, {plan.Beams} beam, ")
                + Invariant($"temperature {plan.Temperature}, {plan.ResponsesPerPrompt} responses a prompt; ")
                + Invariant($"{samplers.Length - differing.Count} of {samplers.Length} stages sample so, with ")
                + Invariant($"{InvariantText.Join(", ", responses)} responses from policy and reference (DPO) and policy (RS).")
                + NotConfirmed.Missing("the sampling settings or logs of the authors' runs"));
    }
}

/// <summary>ADR appendix C.1: the prompt of the pairwise judge, against its file.</summary>
internal sealed class AppendixC1Judge : ISpecGroup
{
    private static readonly string[] Counts = ["safety", "accuracy", "help"];
    private static readonly string[] Biases = ["position", "length", "name"];
    private static readonly string[] Keys = ["judge", "tag", "reason"];
    private static readonly string[] Places = ["{question}", "{reference}", "{answer_a}", "{answer_b}"];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-APPC1", Check)];

    private static Evidence Check(SpecContext context)
    {
        var judge = context.Config<JudgePlan>("adr/judge");
        bool Says(string word) => judge.System.Contains(word, StringComparison.Ordinal);
        var order = Counts.Select(word => judge.System.IndexOf(word, StringComparison.Ordinal)).ToList();
        return context.Evidence()
            .Value("places in the user's part", Places.Count(place => judge.User.Contains(place, StringComparison.Ordinal)))
            .Require(
                "safety, accuracy and help are weighed in this order",
                judge.Weighs.SequenceEqual(Counts) && order.TrueForAll(place => place >= 0) && order.SequenceEqual(order.Order()))
            .Require("position, length and name are to be ignored", judge.Ignores.SequenceEqual(Biases) && Biases.All(Says))
            .Require(
                "the answer is JSON with judge, tag and reason", judge.AnswerKeys.SequenceEqual(Keys) && Keys.All(Says) && Says("JSON"))
            .Require(
                "the user's part has question, reference answer and both answers",
                Places.All(place => judge.User.Contains(place, StringComparison.Ordinal)))
            .Absent("what the authors ran", NotConfirmed.Reason)
            .Explain(
                $"configs/adr/judge.yaml weighs {string.Join(", ", judge.Weighs)}, ignores {string.Join(", ", judge.Ignores)} and asks for "
                    + $"JSON with {string.Join(", ", judge.AnswerKeys)}."
                + NotConfirmed.Missing("the requests that the authors sent to the judge"));
    }
}

/// <summary>ADR appendix C.2: worked examples of each benchmark, against the file of benchmarks.</summary>
internal sealed class AppendixC2Shots : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-APPC2", Check)];

    private static Evidence Check(SpecContext context)
    {
        var plan = context.Config<BenchmarkPlan>("adr/benchmarks");
        var evidence = context.Evidence();
        foreach (var benchmark in context.Claim.Values.Keys)
        {
            var shots = plan.Shots.TryGetValue(benchmark, out var found)
                ? found
                : throw new ReproException($"configs/adr/benchmarks.yaml: there is no benchmark '{benchmark}'");
            evidence.CompareExactly(benchmark, context.Printed(benchmark), shots);
        }

        var examples = plan.Shots.Where(pair => pair.Value > 0).Select(pair => Invariant($"{pair.Key} {pair.Value}"));
        return evidence
            .Require("no other benchmark", plan.Shots.Count == context.Claim.Values.Count)
            .Require("Pass@1", plan.PassesAt == 1)
            .Absent("what the authors ran", NotConfirmed.Reason)
            .Explain(
                $"configs/adr/benchmarks.yaml: {string.Join(", ", examples)} worked examples, "
                + Invariant($"{plan.Shots.Count(pair => pair.Value == 0)} benchmarks none; Pass@{plan.PassesAt}. The list looks shifted ")
                + "by a row: HumanEval is usually run without examples and BBH with three."
                + NotConfirmed.Missing("the commands or configuration of the authors' evaluations"));
    }
}

/// <summary>How responses are drawn: <c>configs/adr/sampling.yaml</c>.</summary>
internal sealed record SamplingPlan
{
    /// <summary>Tokens of prompt and response together.</summary>
    public required int MaximumLength { get; init; }

    /// <summary>Smallest probability that the kept tokens reach.</summary>
    public required double TopP { get; init; }

    /// <summary>Tokens that are kept.</summary>
    public required int TopK { get; init; }

    /// <summary>Beams of the search; 1 for none.</summary>
    public required int Beams { get; init; }

    /// <summary>Divides the logits.</summary>
    public required double Temperature { get; init; }

    /// <summary>Responses drawn for each prompt.</summary>
    public required int ResponsesPerPrompt { get; init; }
}

/// <summary>How pairs of answers are judged: <c>configs/adr/judge.yaml</c>.</summary>
internal sealed record JudgePlan
{
    /// <summary>What counts, the most important first.</summary>
    public required IReadOnlyList<string> Weighs { get; init; }

    /// <summary>What must not matter.</summary>
    public required IReadOnlyList<string> Ignores { get; init; }

    /// <summary>Keys of the JSON object that the judge replies with.</summary>
    public required IReadOnlyList<string> AnswerKeys { get; init; }

    /// <summary>What the judge is told beforehand.</summary>
    public required string System { get; init; }

    /// <summary>What is put before it, with places in braces.</summary>
    public required string User { get; init; }
}

/// <summary>How benchmarks are put to a model: <c>configs/adr/benchmarks.yaml</c>.</summary>
internal sealed record BenchmarkPlan
{
    /// <summary>Answers of which one must be right.</summary>
    public required int PassesAt { get; init; }

    /// <summary>Worked examples in the prompt, by benchmark.</summary>
    public required IReadOnlyDictionary<string, int> Shots { get; init; }
}
