using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Sft;
using static TorchSharp.torch;

namespace Repro.Experiments.Worlds;

/// <summary>E3: two supervised trainings one after the other, in full or as LoRA, the first LoRA merged or not, also into weights of 4 bits
/// (CRS-F26-mech-lora).</summary>
internal sealed class DoubleLora : IExperiment
{
    /// <summary>What a loss counts as that is larger or not finite, in nats a token.</summary>
    public const double LargestLoss = 20;

    /// <summary>A rate at which the second LoRA must diverge.</summary>
    public const double WildRate = 1;

    private const int Steps = 60;
    private const int Batch = 32;
    private const int Rank = 8;
    private const double Alpha = 16;
    private const double FirstFullRate = 1e-3;
    private const double FirstLoraRate = 3e-3;
    private const string Merged = "first/merged";
    private const int FirstTestRows = 256;
    private const int ChoiceRows = 256;
    private const int TestRows = 512;

    /// <summary>Rates of the second training; which one counts is chosen by <c>rate.../choice</c>.</summary>
    public static readonly IReadOnlyList<double> Rates = [3e-4, 1e-3, 3e-3, 1e-2];

    /// <summary>All arms.</summary>
    public static readonly IReadOnlyList<LoraArm> Arms =
    [
        new(FirstTraining.Full, SecondTraining.Full),
        new(FirstTraining.Full, SecondTraining.Lora),
        new(FirstTraining.MergedLora, SecondTraining.Full),
        new(FirstTraining.MergedLora, SecondTraining.Lora),
        new(FirstTraining.KeptLora, SecondTraining.Lora),
        new(FirstTraining.FourBitLora, SecondTraining.Lora),
        new(FirstTraining.MergedLora, SecondTraining.Lora, Again: true),
    ];

    /// <inheritdoc/>
    public string Id => "E3";

    /// <inheritdoc/>
    public string Title => "a second LoRA on a merged first one";

    /// <inheritdoc/>
    public string Version => Invariant($"1: {Steps} and {Steps} steps of {Batch}, rank {Rank}, alpha {Alpha}, ")
        + Invariant($"AdamW {FirstFullRate} in full and {FirstLoraRate} as LoRA first, then {InvariantText.Join(", ", Rates)}");

    /// <inheritdoc/>
    public IEnumerable<Cell> Cells(long seed) => Arms.Select(arm => Cell(arm, seed));

    /// <summary>The run of an arm.</summary>
    public Cell Cell(LoraArm arm, long seed) =>
        new(new CellKey(Id, Version, World.Version, arm.ToString(), seed), context => Run(arm, seed, context));

    private CellResult Run(LoraArm arm, long seed, CellContext context)
    {
        var world = new World(seed);
        var found = new WorldMeasurements();
        var start = First(arm.First, seed, context, found);
        var (choice, test) = (Rows(world, SecondForm, ChoiceRows, "second choice"), Rows(world, SecondForm, TestRows, "second test"));
        found.Value("second/start", Loss(start, test));
        var wild = arm is { First: FirstTraining.MergedLora, Second: SecondTraining.Lora, Again: false };
        foreach (var rate in wild ? Rates.Append(WildRate) : Rates)
        {
            var losses = TrainSecond(arm, world, start, rate, [choice, test], context);
            found.Value(Invariant($"rate{rate}/choice"), losses[0]);
            found.Value(Invariant($"rate{rate}/loss"), losses[1]);
        }

        return found.Result();
    }

    // Where the second training starts. Arms with the same first training share it, as runs share a base model.
    private ModelSettings First(FirstTraining first, long seed, CellContext context, WorldMeasurements found)
    {
        var trained = first == FirstTraining.KeptLora ? FirstTraining.MergedLora : first;
        var key = new CellKey(Id, Version, World.Version, $"{trained} alone", seed);
        var cell = context.Base.Of(new Cell(key, own => TrainFirst(trained, seed, own)));
        var values = context.Store.Get(cell, context.Cancellation).Values;
        var merges = first is FirstTraining.MergedLora or FirstTraining.FourBitLora;
        foreach (var name in values.Keys.Where(name => merges || name != Merged))
        {
            found.Value(name, values[name]);
        }

        string Folder(string name) => Path.Combine(context.Store.FolderOf(cell.Key), name);
        return merges ? new ModelSettings { Path = Folder("merged") }
            : first == FirstTraining.Full ? new ModelSettings { Path = Folder("first") }
            : new ModelSettings { Path = BaseModels.Folder(context, seed), Adapter = Folder("first") };
    }

    private static CellResult TrainFirst(FirstTraining first, long seed, CellContext context)
    {
        var (world, found, baseModel) = (new World(seed), new WorldMeasurements(), BaseModels.Folder(context, seed));
        var test = Rows(world, FirstForm, FirstTestRows, "first test");
        found.Value("first/start", Loss(new ModelSettings { Path = baseModel }, test));
        string Folder(string name) => Path.Combine(context.Folder, name);
        if (first == FirstTraining.FourBitLora)
        {
            FourBits.Round(baseModel, Folder("base"));
            baseModel = Folder("base");
        }

        var settings = new ModelSettings { Path = baseModel, Lora = first == FirstTraining.Full ? null : Form };
        var rate = first == FirstTraining.Full ? FirstFullRate : FirstLoraRate;
        using (var trainer = Trainer(
            settings, Rows(world, FirstForm, Steps * Batch, "first"), rate, world.Streams, out var model))
        {
            WorldTraining.Run(trainer, context.Cancellation);
            Directory.CreateDirectory(Folder("first"));
            model.Export(Folder("first"));
            found.Value("first/end", WorldEvaluation.Loss(model.Language, test));
        }

        if (first == FirstTraining.Full)
        {
            return found.Result();
        }

        AdapterMerge.Merge(baseModel, Folder("first"), Folder("exact"), context.Cancellation);
        if (first == FirstTraining.FourBitLora)
        {
            FourBits.Round(Folder("exact"), Folder("merged"));
        }
        else
        {
            Directory.Move(Folder("exact"), Folder("merged"));
        }

        found.Value(Merged, Loss(new ModelSettings { Path = Folder("merged") }, test));
        return found.Result();
    }

    private static double[] TrainSecond(
        LoraArm arm, World world, ModelSettings start, double rate, IReadOnlyList<IReadOnlyList<TokenRow>> tests, CellContext context)
    {
        var settings = arm.Second == SecondTraining.Lora && start.Adapter is null ? start with { Lora = Form } : start;
        var streams = new RandomStreams(world.Streams.For(arm.Again ? "second training again" : "second training"));
        using var trainer = Trainer(settings, Rows(world, SecondForm, Steps * Batch, "second"), rate, streams, out var model);
        try
        {
            WorldTraining.Run(trainer, context.Cancellation);
        }
        catch (ReproException e) when (e.HasDiverged)
        {
            return [.. tests.Select(_ => LargestLoss)];
        }

        return [.. tests.Select(rows => Capped(WorldEvaluation.Loss(model.Language, rows)))];
    }

    private static SftTrainer Trainer(ModelSettings settings, IReadOnlyList<TokenRow> rows, double rate, RandomStreams streams,
        out TrainedModel model)
    {
        model = TrainedModel.Load(settings, streams);
        return new SftTrainer(
            model, rows, [], new SftSettings { Batch = new BatchSettings { BatchSize = Batch } },
            new OptimizerSettings { LearningRate = rate, MaximumGradientNorm = 1 }, new ScheduleSettings(), streams);
    }

    private static LoraSettings Form => new() { Rank = Rank, Alpha = Alpha, Targets = ["all-linear"] };

    private static double Loss(ModelSettings settings, IReadOnlyList<TokenRow> rows)
    {
        using var model = TrainedModel.Load(settings, new RandomStreams(0));
        return WorldEvaluation.Loss(model.Language, rows);
    }

    private static double Capped(double loss) => double.IsFinite(loss) ? Math.Min(loss, LargestLoss) : LargestLoss;

    private static TokenRow[] Rows(World world, Func<int[], Xoshiro256, int[]> form, int count, string purpose)
    {
        var random = world.Random("lora " + purpose);
        return [.. world.Draw(WorldDomain.Seen, count, $"lora {purpose} prompts").Select(prompt =>
        {
            int[] right = [.. world.ThingsWith(prompt.Attribute)];
            random.Shuffle<int>(right);
            return World.Row(prompt, form(right[..prompt.Asked], random));
        })];
    }

    // Random order and style.
    private static int[] FirstForm(int[] things, Xoshiro256 random) => World.Response(things, (WorldStyle)random.NextInt32(4));

    // Increasing order, one style.
    private static int[] SecondForm(int[] things, Xoshiro256 random) => World.Response([.. things.Order()], WorldStyle.Wordy);
}

/// <summary>An arm of <see cref="DoubleLora"/>.</summary>
/// <param name="First">What is trained first, and what becomes of it.</param>
/// <param name="Second">What is trained on it.</param>
/// <param name="Again">Whether the second training has another start and order of rows.</param>
internal sealed record LoraArm(FirstTraining First, SecondTraining Second, bool Again = false)
{
    /// <summary>The arm as it stands in keys.</summary>
    public override string ToString() => $"{First}, then {Second}, again {Again}";
}

/// <summary>The first training of <see cref="DoubleLora"/>.</summary>
internal enum FirstTraining
{
    /// <summary>Every weight.</summary>
    Full,

    /// <summary>A LoRA, then merged.</summary>
    MergedLora,

    /// <summary>A LoRA that is trained on.</summary>
    KeptLora,

    /// <summary>A LoRA on weights rounded to 4 bits, then merged and rounded again.</summary>
    FourBitLora,
}

/// <summary>The second training of <see cref="DoubleLora"/>.</summary>
internal enum SecondTraining
{
    /// <summary>Every weight.</summary>
    Full,

    /// <summary>A LoRA.</summary>
    Lora,
}

/// <summary>Rounds weights to 4 bits: 15 equal levels from -7 to 7, of which the outermost is the largest magnitude of a block of
/// 64.</summary>
internal static class FourBits
{
    private const int Block = 64;
    private const int Levels = 7;

    /// <summary>Copies a model with the weights of its layers' linear maps rounded; embeddings, norms and head stay.</summary>
    /// <param name="model">Its folder.</param>
    /// <param name="target">The folder of the copy; it is created.</param>
    public static void Round(string model, string target)
    {
        using var language = LanguageModel.Load(model);
        using (no_grad())
        {
            foreach (var (name, weight) in language.BaseParameters())
            {
                if (name.EndsWith("_proj.weight", StringComparison.Ordinal))
                {
                    using var rounded = Rounded(weight);
                    weight.copy_(rounded);
                }
            }
        }

        language.Save(target);
    }

    /// <summary>A rounded copy.</summary>
    /// <param name="weight">[out, in], a multiple of 64 elements.</param>
    /// <returns>Same shape.</returns>
    internal static Tensor Rounded(Tensor weight)
    {
        using var scope = NewDisposeScope();
        var blocks = weight.detach().reshape(-1, Block);
        var step = blocks.abs().amax([1], keepdim: true).div(Levels).clamp_min(float.Epsilon);
        return blocks.div(step).round().mul(step).reshape(weight.shape).MoveToOuterDisposeScope();
    }
}
