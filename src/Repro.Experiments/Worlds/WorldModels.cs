using System.Globalization;
using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Sft;
using static TorchSharp.torch;

namespace Repro.Experiments.Worlds;

/// <summary>Size of the base models.</summary>
/// <param name="Layers">Decoder layers.</param>
/// <param name="Width">Hidden size, a multiple of 16.</param>
internal sealed record BaseSize(int Layers, int Width)
{
    private const int HeadSize = 16;
    private const int MostLayers = 32;
    private const int MostWidth = 4096;

    /// <summary>2 layers of width 64: that of all committed results.</summary>
    public static readonly BaseSize Small = new(2, 64);

    /// <summary>Reads <c>4x128</c>.</summary>
    /// <exception cref="ReproException">It is something else.</exception>
    public static BaseSize Parse(string text) =>
        text.Split('x') is [var first, var second]
            && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var layers) && layers is >= 1 and <= MostLayers
            && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width is >= 16 and <= MostWidth
            && width % HeadSize == 0
            ? new BaseSize(layers, width)
            : throw new ReproException(Invariant($"--base {text}: layers and width were expected, such as 2x64 or 4x128: at most ")
                + Invariant($"{MostLayers} layers, a width up to {MostWidth} that {HeadSize} divides"));

    /// <summary>The same run on base models of this size, which its key then names.</summary>
    public Cell Of(Cell cell) => this == Small ? cell
        : cell.Key.Experiment == BaseModels.Experiment ? BaseModels.Cell(cell.Key.Seed, this)
        : new Cell(cell.Key with { World = $"{cell.Key.World}, base {this}" }, context => cell.Run(context with { Base = this }));

    /// <summary>The configuration of a model of this size.</summary>
    public ModelConfig Config() => new()
    {
        Architecture = ModelArchitecture.Llama,
        VocabularySize = World.VocabularySize,
        HiddenSize = Width,
        IntermediateSize = 3 * Width,
        Layers = Layers,
        Heads = Width / HeadSize,
        KeyValueHeads = Width / HeadSize,
        HeadSize = HeadSize,
        MaximumPositions = 64,
        NormEpsilon = 1e-5,
        InitializerRange = 0.05,
        PadToken = World.Pad,
        EndTokens = [World.End],
    };

    /// <summary>The size as it stands in keys.</summary>
    public override string ToString() => Invariant($"{Layers} x {Width}");
}

/// <summary>The base model of a seed, trained on answers of which some are wrong, in all domains, and on copying.</summary>
internal static class BaseModels
{
    /// <summary>Begins the keys of base models.</summary>
    public const string Experiment = "base";

    /// <summary>Share of right things in the texts of the base model.</summary>
    public const double RightShare = 0.6;

    private const int Steps = 1500;
    private const int Rows = 32;
    private const double LearningRate = 3e-3;

    /// <summary>The run that makes the base model of a seed.</summary>
    public static Cell Cell(long seed) => Cell(seed, BaseSize.Small);

    /// <summary>The run that makes the base model of a seed in a size.</summary>
    public static Cell Cell(long seed, BaseSize size) => new(
        new CellKey(Experiment, "2", World.Version, Invariant($"{size}, {Steps} steps of {Rows}, rate {LearningRate}, {RightShare} right"),
            seed),
        context => Train(seed, size, context));

    /// <summary>The folder of the base model, which is made where it is not there.</summary>
    public static string Folder(CellContext context, long seed)
    {
        var cell = Cell(seed, context.Base);
        context.Store.Get(cell, context.Cancellation);
        return Path.Combine(context.Store.FolderOf(cell.Key), "model");
    }

    /// <summary>Policy and reference, both from the base model of a seed; every weight of the policy is trained.</summary>
    public static PolicyPair Policies(CellContext context, long seed) =>
        PolicyPair.Load(new ModelSettings { Path = Folder(context, seed) }, new RandomStreams(seed));

    private static CellResult Train(long seed, BaseSize size, CellContext context)
    {
        var (world, streams) = (new World(seed), new RandomStreams(seed));
        var fresh = Path.Combine(context.Folder, "fresh");
        Directory.CreateDirectory(fresh);
        ModelConfigFile.Write(Path.Combine(fresh, ModelConfigFile.Name), size.Config());
        var model = TrainedModel.Load(new ModelSettings { Path = fresh, Fresh = true }, streams);
        var settings = new SftSettings { Batch = new BatchSettings { BatchSize = Rows } };
        var schedule = new ScheduleSettings { Kind = ScheduleShape.Cosine, WarmupRatio = 0.1 };
        var optimizer = new OptimizerSettings { LearningRate = LearningRate, MaximumGradientNorm = 1 };
        using (var trainer = new SftTrainer(model, Texts(world), [], settings, optimizer, schedule, streams))
        {
            WorldTraining.Run(trainer, context.Cancellation);
            model.Language.Save(Path.Combine(context.Folder, "model"));
        }

        using var policies = PolicyPair.Load(new ModelSettings { Path = Path.Combine(context.Folder, "model") }, streams);
        var found = new WorldMeasurements();
        WorldEvaluation.Measure(found, "start", world, policies, context.Cancellation);
        return found.Result();
    }

    // Half of the texts copy.
    private static List<TokenRow> Texts(World world)
    {
        var random = world.Random("base texts");
        var texts = new List<TokenRow>();
        foreach (var prompt in world.Draw(WorldDomain.All, Steps * Rows / 2, "base prompts"))
        {
            int[] right = [.. world.ThingsWith(prompt.Attribute)], wrong = [.. world.ThingsWith(prompt.Attribute, has: false)];
            random.Shuffle<int>(right);
            random.Shuffle<int>(wrong);
            int[] things = [.. Enumerable.Range(0, prompt.Asked)
                .Select(place => random.NextDouble() < RightShare ? right[place] : wrong[place])];
            texts.Add(World.Row(prompt, World.Response(things, (WorldStyle)random.NextInt32(4))));
            texts.Add(World.CopyRow(random));
        }

        return texts;
    }
}

/// <summary>The steps of a run.</summary>
internal static class WorldTraining
{
    /// <summary>Trains to the end.</summary>
    public static void Run(ITrainer trainer, CancellationToken cancellation)
    {
        for (var step = 0L; step < trainer.TotalSteps; step++)
        {
            trainer.Step(step, cancellation);
        }
    }

    /// <summary>Trains to the last checkpoint and measures the policy at each, under <c>stepN/...</c>.</summary>
    /// <param name="trainer">The trainer.</param>
    /// <param name="checkpoints">Numbers of steps, ascending.</param>
    /// <param name="world">The world.</param>
    /// <param name="policies">What is trained, with its reference.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="metric">A metric of the trainer to keep too, or null; its slash becomes an underscore.</param>
    public static CellResult Measured(
        ITrainer trainer, IReadOnlyList<int> checkpoints, World world, PolicyPair policies, CancellationToken cancellation,
        string? metric = null)
    {
        var found = new WorldMeasurements();
        for (var step = 0; step < checkpoints[^1]; step++)
        {
            var metrics = trainer.Step(step, cancellation).Metrics;
            if (checkpoints.Contains(step + 1))
            {
                var name = Invariant($"step{step + 1}");
                WorldEvaluation.Measure(found, name, world, policies, cancellation);
                if (metric is not null)
                {
                    found.Value($"{name}/{metric.Replace('/', '_')}", metrics[metric]);
                }
            }
        }

        return found.Result();
    }
}

/// <summary>Numbers and samples of a run, collected under names.</summary>
internal sealed class WorldMeasurements
{
    private readonly Dictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _samples = new(StringComparer.Ordinal);

    public void Value(string name, double value) => _values.Add(name, Math.Round(value, 7));

    public void Sample(string name, IEnumerable<double> qualities) => _samples.Add(name, Qualities.Write(qualities));

    public CellResult Result() => new(_values, _samples);
}

/// <summary>Measures a policy: true quality, KL from the reference, and what is left of the capability that nothing rewards.</summary>
internal static class WorldEvaluation
{
    private const int Prompts = 512;
    private const int MonitorPrompts = 64;
    private const int UnseenPrompts = 256;
    private const int KlPrompts = 128;
    private const int CopyRows = 256;

    /// <summary>The distribution that policies are judged by and trained on.</summary>
    public static SamplerSettings Sampler { get; } = new() { MaxNewTokens = World.LongestResponse };

    /// <summary>
    /// Writes under <c>NAME/...</c>: qualities of 512 responses (those of all arms of a seed are drawn with the same random numbers), 64
    /// more as one would monitor them during training, mean quality in the unseen domains, the KL from the reference in nats a response,
    /// mean length, and the loss of copying in nats a token.
    /// </summary>
    /// <returns>The 512 responses.</returns>
    public static IReadOnlyList<Rollout> Measure(
        WorldMeasurements to, string name, World world, PolicyPair policies, CancellationToken cancellation)
    {
        var model = policies.Policy.Language;
        var main = Sample(model, world, WorldDomain.Seen, Prompts, "evaluation", cancellation);
        var qualities = QualitiesOf(world, main);
        to.Sample(name + "/quality", qualities);
        to.Value(name + "/quality", qualities.Average());
        to.Value(name + "/length", main.Average(rollout => rollout.Response.Count));
        to.Sample(name + "/monitor", QualitiesOf(world, Sample(model, world, WorldDomain.Seen, MonitorPrompts, "monitor", cancellation)));
        foreach (var (domain, label) in new[] { (WorldDomain.UnseenAttribute, "attribute"), (WorldDomain.UnseenFormat, "format") })
        {
            to.Value(
                $"{name}/quality_unseen_{label}",
                QualitiesOf(world, Sample(model, world, domain, UnseenPrompts, "evaluation " + label, cancellation)).Average());
        }

        to.Value(name + "/kl", Kl(policies, [.. main.Take(KlPrompts)], cancellation));
        to.Value(name + "/copy_loss", CopyLoss(model, world));
        return main;
    }

    /// <summary>Responses of a model to prompts of a domain; prompts and random numbers depend on world and purpose alone.</summary>
    public static IReadOnlyList<Rollout> Sample(
        LanguageModel model, World world, WorldDomain domain, int count, string purpose, CancellationToken cancellation)
    {
        var streams = new RandomStreams(world.Streams.For("sampling of " + purpose));
        RolloutPrompt[] prompts = [.. world.Draw(domain, count, purpose).Select(RolloutPromptOf)];
        return new ResponseSampler(model, Sampler, streams).Sample(prompts, 0, 0, cancellation);
    }

    /// <summary>A prompt as trainers that sample read it.</summary>
    public static RolloutPrompt RolloutPromptOf(WorldPrompt prompt) => new([.. World.Ids(prompt).Select(id => (long)id)]);

    /// <summary>The true quality of each response.</summary>
    public static double[] QualitiesOf(World world, IReadOnlyList<Rollout> rollouts) =>
        [.. rollouts.Select(rollout => world.Quality(World.PromptOf(rollout.Prompt.Ids), rollout.Response))];

    // Over the whole vocabulary at each token of the responses, which has less variance than the ratio of sampled tokens.
    private static double Kl(PolicyPair policies, IReadOnlyList<Rollout> rollouts, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var batch = RolloutMeasurement.Measure(policies, null, rollouts, Sampler, fullKl: true, pad: World.Pad,
            cancellation: cancellation);
        return Masked.SumPerRow(batch.FullKl!, batch.Tokens.Mask).mean().to(ScalarType.Float64).item<double>();
    }

    private static double CopyLoss(LanguageModel model, World world)
    {
        var random = world.Random("copy evaluation");
        return Loss(model, [.. Enumerable.Range(0, CopyRows).Select(_ => World.CopyRow(random))]);
    }

    /// <summary>The mean loss of the tokens that rows mark, in nats.</summary>
    public static double Loss(LanguageModel model, IReadOnlyList<TokenRow> rows)
    {
        using var scope = NewDisposeScope();
        using var mode = new EvaluationMode(model, gradients: false);
        using var batch = TokenBatch.Collate(rows, model.Device);
        // Columns before the first prediction of any row are read for keys and values alone.
        var first = rows.Min(row => Array.IndexOf(row.CompletionMask, true, 1) - 1);
        var hidden = model.Hidden(batch.Ids, batch.AttentionMask, first: first);
        var logProbs = new HeadLogProbs(model).Compute(hidden, batch.Ids, batch.CompletionMask);
        return -logProbs.sum(ScalarType.Float64).item<double>() / rows.Sum(row => row.Predictions);
    }
}
