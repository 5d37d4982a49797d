using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;

namespace Repro.Experiments.Crs;

/// <summary>Where the released numbers of training stand, and short ways to them.</summary>
internal static class ReleasedValues
{
    internal const string Configuration = "derived/config_values.csv";
    internal const string Notebook = "derived/notebook_numbers.csv";
    internal const string LabelStatistics = "derived/label_statistics.csv";
    internal const string LabelCorrelations = "derived/label_correlations.csv";
    internal const string AdapterNames = "derived/rm_adapter_names.csv";
    internal const string ResponseLengths = "derived/response_lengths.csv";
    internal const string AnnotatorMetrics = "derived/alpaca_eval_annotator_metrics.csv";
    internal const string Augmentation = "rm_data_augment/rm_augmented.csv";

    /// <summary>The six labels of a reply.</summary>
    internal static IReadOnlyList<string> Labels { get; } = ["violence", "creativity", "helpfulness", "humor", "toxicity", "quality"];

    /// <summary>A setting of the released configuration.</summary>
    internal static ReleasedSetting Setting(SpecContext context, string section, string key) =>
        ReleasedSetting.Find(context.Artifact<TableFacts>(Configuration), section, key);

    /// <summary>A number stored in a released notebook.</summary>
    internal static double Stored(SpecContext context, string key) => context.Artifact<TableFacts>(Notebook).Number("key", key, "value");

    /// <summary>A number of the released code that the configuration does not list.</summary>
    internal static double Code(SpecContext context, string row) => context.Table("crs/released-code")[row, "value"].AsInput();

    /// <summary>A name in the released code that the configuration does not list.</summary>
    internal static string CodeText(SpecContext context, string row) => context.Table("crs/released-code").CellText(row, "value");

    /// <summary>A number of a table outside the papers.</summary>
    internal static double External(SpecContext context, string table, string row, string column) => context.Table($"external/{table}")[row, column].AsInput();

    /// <summary>Printed number against a released setting.</summary>
    internal static Evidence AgainstSetting(SpecContext context, Printed printed, string section, string key) =>
        TextAgainstCode.Number(context, printed, Setting(context, section, key));
}
