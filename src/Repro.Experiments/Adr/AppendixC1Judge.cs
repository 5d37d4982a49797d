using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR appendix C.1: the prompt of the pairwise judge, against its file.</summary>
public sealed class AppendixC1Judge : ISpecGroup
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
            .Require("safety, accuracy and help are weighed in this order", judge.Weighs.SequenceEqual(Counts) && order.TrueForAll(place => place >= 0) && order.SequenceEqual(order.Order()))
            .Require("position, length and name are to be ignored", judge.Ignores.SequenceEqual(Biases) && Biases.All(Says))
            .Require("the answer is JSON with judge, tag and reason", judge.AnswerKeys.SequenceEqual(Keys) && Keys.All(Says) && Says("JSON"))
            .Require("the user's part has question, reference answer and both answers", Places.All(place => judge.User.Contains(place, StringComparison.Ordinal)))
            .Explain($"configs/adr/judge.yaml weighs {string.Join(", ", judge.Weighs)}, ignores {string.Join(", ", judge.Ignores)} and asks for JSON with {string.Join(", ", judge.AnswerKeys)}.");
    }
}
