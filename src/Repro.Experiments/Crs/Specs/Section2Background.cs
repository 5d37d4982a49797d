using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS chapter 2: numbers and wordings of the background against equations, code and the cited work.</summary>
internal sealed class Section2Background : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-E2.4-range", Wavelengths),
        new("CRS-E2.5-scale", AttentionScale),
        new("CRS-S2.3.1-dims", EmbeddingSizes),
        new("CRS-S2.3.2-layers", Layers),
        new("CRS-S2.5-100x", HundredTimes),
        new("CRS-S2.5.3-reward", Reward),
        new("CRS-S2.6-10000", AdapterParameters),
    ];

    // sin(pos / base^(2i/d)) has the wavelength 2 pi base^(2i/d): from 2 pi towards base times 2 pi.
    private static Evidence Wavelengths(SpecContext context)
    {
        var end = context.Printed("base").AsInput();
        var width = External(context, "models", "transformer", "width");
        var last = Math.Pow(end, (width - 2) / width);
        return context.Evidence()
            .CompareExactly("end_in_2_pi", context.Printed("end"), end)
            .Value("last_wavelength_in_2_pi", last)
            .Explain(
                Invariant($"With the base {end} of equation 2.4 the wavelengths run from 2 pi towards {end} times 2 pi (the last one at ")
                    + Invariant($"width {width} is {last:F0} times 2 pi); the text ends them at {context.Printed("end").Text} times 2 ")
                    + "pi.");
    }

    private static Evidence AttentionScale(SpecContext context)
    {
        var (words, equation) = (context.Printed("power_in_words").AsInput(), context.Printed("power_in_equation").AsInput());
        var width = External(context, "models", "llama-2-7b", "width") / External(context, "models", "llama-2-7b", "heads");
        var evidence = context.Evidence()
            .Value("power_in_words", words)
            .Value("power_in_equation", equation)
            .Value("variance_by_words", Math.Pow(width, 1 - (2 * words)))
            .Value("variance_by_equation", Math.Pow(width, 1 - (2 * equation)))
            .Require("the equation that the words point to keeps the variance", equation == 0.5, Invariant($"power {equation} of d_k"));
        if (words != equation)
        {
            evidence.Reserve("words", Invariant($"they divide by d_k to the power {words}, the equation to the power {equation}"));
        }

        return evidence.Explain(
            Invariant($"The words divide by d_k to the power {words}, equation 2.5 by the power {equation}. For d_k = {width} the scaled ")
                + Invariant($"product of unit-variance vectors has the variance {Math.Pow(width, 1 - (2 * equation)):G3} by the equation ")
                + Invariant($"and {Math.Pow(width, 1 - (2 * words)):G3} by the words."));
    }

    private static Evidence EmbeddingSizes(SpecContext context)
    {
        var table = context.Table("external/word-embeddings");
        var (low, high) = (table["features", "smallest"].AsInput(), table["features", "largest"].AsInput());
        return context.Evidence()
            .CompareExactly("smallest", context.Printed("low"), low)
            .CompareExactly("largest", context.Printed("high"), high)
            .Explain(
                Invariant($"The text gives {context.Printed("low").Text} to {context.Printed("high").Text}; the experiments of the cited ")
                    + Invariant($"work use {low}, {table["features", "middle"].AsInput()} and {high} features."));
    }

    private static Evidence Layers(SpecContext context) =>
        TextAgainstCode.Number(context, context.Printed("value"), External(context, "models", "transformer", "layers"), "the cited work");

    private static Evidence HundredTimes(SpecContext context)
    {
        var ratio = context.Printed("large").AsInput() / context.Printed("small").AsInput();
        return context.Evidence()
            .Value("ratio", ratio)
            .Compare("hundreds", context.Printed("hundreds"), ratio / 100)
            .Explain(
                Invariant($"{context.Printed("large").Text} over {context.Printed("small").Text} is {ratio:F1}: a hundred times at one ")
                    + "significant digit.");
    }

    private static Evidence Reward(SpecContext context)
    {
        var printed = context.Printed("coefficient").AsInput();
        var released = Setting(context, "rl", "init_kl_coef").Number();
        var evidence = context.Evidence()
            .Value("coefficient", released)
            .Require("the KL term lowers the reward", released > 0, Invariant($"{released}"));
        if (released != printed)
        {
            evidence.Reserve(
                "coefficient",
                Invariant($"the equation subtracts the KL term with the factor {printed}, the released code with {released}"));
        }

        return evidence.Explain(
            Invariant($"The text subtracts the whole KL term from the score; the released code subtracts {released} times that term, the ")
                + "initial KL coefficient of section 5.4.");
    }

    private static Evidence AdapterParameters(SpecContext context)
    {
        LoraSize Of(string model) => new(
            (int)External(context, "models", model, "layers"), (int)External(context, "models", model, "width"),
            (int)External(context, "models", model, "mlp_width"));
        string[] attention = ["q_proj", "v_proj"];
        var rank = (int)Setting(context, "rl_code", "lora_r").Number();
        var total = External(context, "models", "llama-2-7b", "parameters");
        var all = Of("llama-2-7b").Parameters(rank, LoraSize.LinearLayers);
        var two = Of("llama-2-7b").Parameters(rank, attention);
        var stated = context.Printed("value").AsInput();

        // The cited study quotes the factor for the 175B model with rank 4 on query and value projections.
        var cited = External(context, "models", "gpt-3", "parameters") / Of("gpt-3").Parameters(4, attention);
        var evidence = context.Evidence()
            .Value("parameters_all", all)
            .Value("parameters_query_value", two)
            .Value("factor_all", total / all)
            .Value("factor_query_value", total / two)
            .Value("factor_cited_study", cited)
            .Require("in the cited study the factor rounds to the stated one", Math.Round(cited / stated) == 1, Invariant($"{cited:F0}"));
        if (total / two < stated)
        {
            evidence.Reserve(
                "model of this work",
                Invariant($"for Llama-2-7B at rank {rank} the factor is {total / all:F1} (all linear layers) or {total / two:F1} (query ")
                    + "and value)");
        }

        return evidence.Explain(
            Invariant($"For Llama-2-7B at rank {rank} adapters on all linear layers have {all} parameters, {total / all:F1} times fewer ")
                + Invariant($"than the model, and on query and value {two}, {total / two:F1} times fewer; for the 175B model of the cited ")
                + Invariant($"study at rank 4 the factor is {cited:F0}."));
    }
}
