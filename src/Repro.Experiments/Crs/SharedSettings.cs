using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.ReleasedValues;

namespace Repro.Experiments.Crs;

/// <summary>Checks that Tables 3, 5 and 8 share.</summary>
internal static class SharedSettings
{
    internal static Evidence Scheduler(SpecContext context, string table) =>
        TextAgainstCode.Name(context, context.Table(table).CellText("LR Scheduler Type", "value"), Setting(context, "default", "lr_scheduler_type").Current, "the released default.lr_scheduler_type");

    internal static Evidence Code(SpecContext context, string table, string row, string codeRow) =>
        TextAgainstCode.Number(context, context.Table(table)[row, "value"], ReleasedValues.Code(context, codeRow), "the released code");

    // AdamW differs from Adam by its decoupled weight decay only; without decay both make the same update.
    internal static Evidence Optimizer(SpecContext context, string table, string codeRow)
    {
        var printed = context.Table(table).CellText("Optimizer", "value");
        var released = CodeText(context, codeRow);
        var decay = Setting(context, "default", "weight_decay").Number();
        var same = released == printed || (released == $"{printed}W" && decay == 0);
        return context.Evidence()
            .Value("released", released)
            .Value("weight_decay", decay)
            .Require("the released optimizer makes the updates of the printed one", same, Invariant($"printed {printed}, released {released} with weight decay {decay}"))
            .Explain(Invariant($"The text prints {printed}; the released code uses {released} with weight decay {decay}, {(same ? "which is the same update" : "which is another update")}."));
    }

    internal static Evidence LoraTargets(SpecContext context, string table, string released, string source)
    {
        var printed = context.Table(table).CellText("Lora Target Module", "value");
        var targets = Procedures.LoraTargets.Parse(released);
        var stated = string.Equals(printed, "All", StringComparison.OrdinalIgnoreCase) ? LoraSize.LinearLayers : Procedures.LoraTargets.Parse(printed).Layers;
        var evidence = context.Evidence()
            .Value("released", released)
            .Value("adapted_layers_per_block", targets.Layers.Count)
            .Value("linear_layers_per_block", LoraSize.LinearLayers.Count)
            .Require("the adapters are where the text puts them", targets.Layers.ToHashSet(StringComparer.Ordinal).SetEquals(stated), $"{targets.Layers.Count} of {LoraSize.LinearLayers.Count} linear layers of a block");
        if (targets.CoversAll && targets.Exceptions.Count > 0)
        {
            evidence.Reserve("output layers", $"{string.Join(" and ", targets.Exceptions)} carry no adapter");
        }

        return evidence.Explain($"The text prints '{printed}'; in {source} the adapters are on {released}: {targets.Layers.Count} of the {LoraSize.LinearLayers.Count} linear layers of each block.");
    }
}
