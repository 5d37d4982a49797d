using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.RewardModels;

namespace Repro.Experiments.Worlds;

/// <summary>
/// E7: outcome- and process-supervised reward models (ADR-FIG2). Dense: a response is good when all its things are right. Sparse: when its
/// first thing is; the labels of the other steps are coin flips, because nobody can say what they do.
/// </summary>
internal sealed class ProcessOutcome : IExperiment
{
    /// <summary>Labelled responses of every arm.</summary>
    public const int LabelledTexts = 6000;

    private const int Steps = 1000;
    private const int Batch = 32;
    private const int HeldOut = 600;
    private const int MostWrong = 3;
    private const double LearningRate = 1e-3;

    /// <inheritdoc/>
    public string Id => "E7";

    /// <inheritdoc/>
    public string Title => "outcome and process supervision on dense and sparse tasks";

    /// <inheritdoc/>
    public string Version => Invariant($"2: {Steps} steps of {Batch}, {HeldOut} held out, at most {MostWrong} wrong, AdamW {LearningRate}");

    /// <summary>All arms.</summary>
    public static readonly IReadOnlyList<ProcessArm> Arms =
    [
        .. from sparse in new[] { false, true }
           from process in new[] { false, true }
           select new ProcessArm(process, sparse, LabelledTexts, 0.1),
        new(false, false, LabelledTexts, 0, OneStep: true),
        new(true, false, LabelledTexts, 0, OneStep: true),
        new(false, false, LabelledTexts, 0.5),
    ];

    /// <inheritdoc/>
    public IEnumerable<Cell> Cells(long seed) => Arms.Select(arm => Cell(arm, seed));

    /// <summary>The run of an arm.</summary>
    public Cell Cell(ProcessArm arm, long seed) =>
        new(new CellKey(Id, Version, World.Version, arm.ToString(), seed), context => Run(arm, seed, context));

    private static CellResult Run(ProcessArm arm, long seed, CellContext context)
    {
        var world = new World(seed);
        JudgedText[] texts = [.. Texts(world, arm, arm.Texts, "training"), .. Texts(world, arm, 2 * HeldOut, "held out")];
        var (training, heldOut) = (texts[..arm.Texts], texts[arm.Texts..]);
        var model = TrainedScoreModel.Load(new ModelSettings { Path = BaseModels.Folder(context, seed) }, world.Streams);
        var settings = new RewardTrainingSettings
        {
            Batch = new BatchSettings { BatchSize = Batch },
            Epochs = (double)Steps * Batch / arm.Texts,
            PadToMultipleOf = 1
        };
        var optimizer = new OptimizerSettings { LearningRate = LearningRate, MaximumGradientNorm = 1 };
        var found = new WorldMeasurements();
        if (arm.Process)
        {
            using var trainer = new RewardModelTrainer<SteppedExample>(
                model, new ProcessObjective(), [.. training.Select(text => text.Stepped)], [], settings, optimizer, new ScheduleSettings(),
                    world.Streams);
            WorldTraining.Run(trainer, context.Cancellation);
            Judge(found, heldOut, trainer.Scores([.. heldOut.Select(text => text.Stepped)], context.Cancellation));
        }
        else
        {
            using var trainer = new RewardModelTrainer<RatedExample>(
                model, new OutcomeObjective(), [.. training.Select(text => text.Rated)], [], settings, optimizer, new ScheduleSettings(),
                    world.Streams);
            WorldTraining.Run(trainer, context.Cancellation);
            Judge(found, heldOut, trainer.Scores([.. heldOut.Select(text => text.Rated)], context.Cancellation));
        }

        return found.Result();
    }

    // The first half of the held-out texts chooses how step scores become one, the second half is judged.
    private static void Judge(WorldMeasurements to, JudgedText[] texts, IReadOnlyList<double[]> scores)
    {
        foreach (var (half, first) in new[] { ("choice", 0), ("auc", HeldOut) })
        {
            var own = scores.Skip(first).Take(HeldOut).Zip(texts.Skip(first), (score, text) => (Score: score, text.Good)).ToList();
            foreach (var (name, aggregate) in Aggregates)
            {
                to.Value($"{half}/{name}", Auc([.. own.Select(text => (aggregate(text.Score), text.Good))]));
            }
        }
    }

    private static readonly (string Name, Func<double[], double> Of)[] Aggregates =
    [
        ("min", steps => steps.Min()),
        ("product", steps => -steps.Sum(step => Math.Log(1 + Math.Exp(-step)))),
        ("mean", steps => steps.Average()),
        ("last", steps => steps[^1]),
    ];

    /// <summary>How often a good text scores above a bad one, a tie being half.</summary>
    internal static double Auc(IReadOnlyList<(double Score, bool Good)> texts)
    {
        double[] good = [.. texts.Where(text => text.Good).Select(text => text.Score)],
            bad = [.. texts.Where(text => !text.Good).Select(text => text.Score)];
        return good.Average(one => bad.Average(other => WorldJudge.Gold(one, other)));
    }

    private static IEnumerable<JudgedText> Texts(World world, ProcessArm arm, int count, string purpose)
    {
        var random = world.Random(purpose + " texts");
        // Each thing is wrong in the proportion of the whole, so that no thing by itself tells good from bad.
        var writer = new BalancedWriter(world, random, arm.Sparse || arm.OneStep ? 1 : 0.22);
        foreach (var prompt in world.Draw(WorldDomain.Seen, count, purpose + " prompts"))
        {
            var places = arm.OneStep ? 1 : prompt.Asked;
            var right = Right(places, arm.Sparse, random);
            var things = writer.Things(prompt, right);
            var good = arm.Sparse ? right[0] : right.All(one => one);
            bool Heard(bool truth) => random.NextDouble() < arm.LabelNoise ? !truth : truth;
            bool[] steps = [.. right.Select((truth, place) => arm.Sparse && place > 0 ? random.NextDouble() < 0.5 : Heard(truth))];
            yield return new JudgedText(prompt, World.Response(things, WorldStyle.Bare), good, Heard(good), steps);
        }
    }

    private static bool[] Right(int places, bool sparse, Xoshiro256 random)
    {
        if (sparse || places == 1)
        {
            return [.. Enumerable.Range(0, places).Select(_ => random.NextDouble() < 0.5)];
        }

        // Half of the texts are right throughout, the others have one to three wrong things.
        var order = Enumerable.Range(0, places).ToArray();
        random.Shuffle<int>(order);
        var wrong = random.NextDouble() < 0.5 ? 0 : 1 + random.NextInt32(MostWrong);
        return [.. Enumerable.Range(0, places).Select(place => order[place] >= wrong)];
    }

    private sealed record JudgedText(WorldPrompt Prompt, int[] Response, bool Good, bool Label, bool[] StepLabels)
    {
        private int[] Ids => World.Row(Prompt, Response).Ids;

        public RatedExample Rated => new(Ids, Label ? 1 : 0, Response.Length);

        public SteppedExample Stepped => new(
            Ids, [.. Enumerable.Range(World.PromptLength, StepLabels.Length)], [.. StepLabels.Select(label => label ? 1.0 : 0.0)]);
    }
}

/// <summary>An arm of <see cref="ProcessOutcome"/> with its world.</summary>
/// <param name="Process">Whether each step is labelled, or the whole alone.</param>
/// <param name="Sparse">Whether one step decides.</param>
/// <param name="Texts">Labelled texts.</param>
/// <param name="LabelNoise">How often a label is wrong.</param>
/// <param name="OneStep">Whether a response has one step alone.</param>
internal sealed record ProcessArm(bool Process, bool Sparse, int Texts, double LabelNoise, bool OneStep = false)
{
    /// <summary>The arm as it stands in keys.</summary>
    public override string ToString() => Invariant($"process {Process}, sparse {Sparse}, {Texts} texts, label noise {LabelNoise}, one ")
        + Invariant($"step {OneStep}");
}
