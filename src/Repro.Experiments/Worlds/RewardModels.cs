using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.RewardModels;

namespace Repro.Experiments.Worlds;

/// <summary>E1: preference and absolute reward models on the same responses, under a style bias of none, one or both labels
/// (CRS-S6.2-preference-overfits).</summary>
internal sealed class RewardModels : IExperiment
{
    private const int Prompts = 6000;
    private const int Batch = 16;
    private const int Steps = 1000;
    private const int TestPairs = 400;
    private const double LearningRate = 1e-3;
    private const double RankingBias = 4;
    private const double RatingBias = 0.4;

    private static readonly (WorldDomain Domain, string Name)[] Domains =
        [(WorldDomain.Seen, "seen"), (WorldDomain.UnseenAttribute, "unseen_attribute"), (WorldDomain.UnseenFormat, "unseen_format")];

    /// <inheritdoc/>
    public string Id => "E1";

    /// <inheritdoc/>
    public string Title => "preference and absolute reward models under style bias";

    /// <inheritdoc/>
    public string Version => Invariant($"2: {Steps} steps of {Batch} of {Prompts} prompts, AdamW {LearningRate}, {TestPairs} test pairs, ")
        + Invariant($"biases {RankingBias} and {RatingBias}");

    /// <summary>All arms, those that are trained first.</summary>
    public static readonly IReadOnlyList<RewardArm> Arms =
    [
        .. (from bias in Enum.GetValues<BiasedLabels>() from absolute in new[] { false, true } select new RewardArm(absolute, bias))
            .OrderBy(arm => arm.Trained == arm ? 0 : 1),
    ];

    /// <inheritdoc/>
    public IEnumerable<Cell> Cells(long seed) => Arms.Select(arm => Cell(arm, seed));

    /// <summary>The run of an arm.</summary>
    public Cell Cell(RewardArm arm, long seed) =>
        new(new CellKey(Id, Version, World.Version, arm.ToString(), seed), context => arm.Trained == arm ? Run(arm, seed, context)
            : context.Store.Get(context.Base.Of(Cell(arm.Trained, seed)), context.Cancellation));

    private static CellResult Run(RewardArm arm, long seed, CellContext context)
    {
        var world = new World(seed);
        var groups = Groups(world, WorldDomain.Seen, Prompts, "reward training");
        var annotators = new Annotators(
            new AnnotatorSettings
            {
                RankingStyleBias = arm.Bias == BiasedLabels.None ? 0 : RankingBias,
                RatingStyleBias = arm.Bias == BiasedLabels.Both ? RatingBias : 0,
            },
            world.Random("annotators"));
        var model = TrainedScoreModel.Load(new ModelSettings { Path = BaseModels.Folder(context, seed) }, world.Streams);
        var optimizer = new OptimizerSettings { LearningRate = LearningRate, MaximumGradientNorm = 1 };
        var found = new WorldMeasurements();
        // As many responses a step for both models.
        if (arm.Absolute)
        {
            RatedExample[] examples = [.. groups.SelectMany(group => group).Select(reply => Rated(reply, annotators))];
            using var trainer = new RewardModelTrainer<RatedExample>(
                model, new AbsoluteObjective(new AbsoluteLossSettings { Kind = AbsoluteLossKind.Logistic }), examples, [], Settings(2),
                    optimizer,
                new ScheduleSettings(), world.Streams);
            WorldTraining.Run(trainer, context.Cancellation);
            Test(found, world, replies => [.. trainer.Scores([.. replies.Select(reply => new RatedExample(reply.Ids, 0, reply.Length))],
                context.Cancellation).Select(score => score[0])]);
        }
        else
        {
            RankedExample[] examples = [.. groups.Select(group => Ranked(group, annotators))];
            using var trainer = new RewardModelTrainer<RankedExample>(
                model, new PreferenceObjective(), examples, [], Settings(1), optimizer, new ScheduleSettings(), world.Streams);
            WorldTraining.Run(trainer, context.Cancellation);
            Test(found, world, replies => [.. trainer.Scores([.. replies.Chunk(2).Select(pair => new RankedExample(
                [.. pair.Select(reply => reply.Ids)], [.. pair.Select(reply => reply.Length)]))], context.Cancellation)
                    .SelectMany(scores => scores)]);
        }

        return found.Result();
    }

    private static RewardTrainingSettings Settings(int rowsPerPrompt) => new()
    {
        Batch = new BatchSettings { BatchSize = Batch * rowsPerPrompt },
        Epochs = (double)Steps * Batch / Prompts,
        PadToMultipleOf = 1,
    };

    // Agreement with the gold judge on pairs of unequal quality.
    private static void Test(WorldMeasurements to, World world, Func<IReadOnlyList<Reply>, double[]> scores)
    {
        foreach (var (domain, name) in Domains)
        {
            var pairs = Groups(world, domain, 2 * TestPairs, "reward test " + name).Where(group => group[0].Quality != group[1].Quality)
                .Take(TestPairs).ToList();
            var found = scores([.. pairs.SelectMany(pair => pair)]).Chunk(2);
            to.Value("accuracy/" + name,
                pairs.Zip(found, (pair, score) => (pair[0].Quality > pair[1].Quality) == (score[0] > score[1]) ? 1.0 : 0.0).Average());
        }
    }

    private static RatedExample Rated(Reply reply, Annotators annotators) =>
        new(reply.Ids, (annotators.Rating(reply.Quality, reply.Style) - 1) / 4, reply.Length);

    private static RankedExample Ranked(Reply[] pair, Annotators annotators)
    {
        Reply[] order = annotators.PrefersFirst((pair[0].Quality, pair[0].Style), (pair[1].Quality, pair[1].Style)) ? pair
            : [pair[1], pair[0]];
        return new RankedExample([.. order.Select(reply => reply.Ids)], [.. order.Select(reply => reply.Length)]);
    }

    private static List<Reply[]> Groups(World world, WorldDomain domain, int count, string purpose)
    {
        var random = world.Random(purpose);
        var writer = new BalancedWriter(world, random);
        var groups = new List<Reply[]>();
        foreach (var prompt in world.Draw(domain, count, purpose + " prompts"))
        {
            // Mirrored shares of right things keep right and wrong equally frequent.
            var share = random.NextDouble();
            Reply[] group = [.. new[] { share, 1 - share }.Select(right => Reply.Create(
                world, prompt, writer.Things(prompt, [.. Enumerable.Range(0, prompt.Asked).Select(_ => random.NextDouble() < right)]),
                (WorldStyle)random.NextInt32(4)))];
            groups.Add(group);
        }

        return groups;
    }

    private sealed record Reply(int[] Ids, int Length, double Quality, WorldStyle Style)
    {
        public static Reply Create(World world, WorldPrompt prompt, int[] things, WorldStyle style)
        {
            var response = World.Response(things, style);
            return new Reply(World.Row(prompt, response).Ids, response.Length, world.Quality(prompt, [.. response.Select(id => (long)id)]),
                style);
        }
    }
}

/// <summary>An arm of <see cref="RewardModels"/>.</summary>
/// <param name="Absolute">Whether ratings are learned; otherwise rankings.</param>
/// <param name="Bias">Which labels the style biases.</param>
internal sealed record RewardArm(bool Absolute, BiasedLabels Bias)
{
    /// <summary>The arm with the same labels that is trained for both: a bias of rankings is none in ratings, and one of both labels is to
    /// rankings what their own is.</summary>
    public RewardArm Trained => (Absolute, Bias) switch
    {
        (true, BiasedLabels.Rankings) => this with { Bias = BiasedLabels.None },
        (false, BiasedLabels.Both) => this with { Bias = BiasedLabels.Rankings },
        _ => this,
    };

    /// <summary>The arm as it stands in keys.</summary>
    public override string ToString() => $"{(Absolute ? "absolute" : "preference")}, bias {Bias}";
}

/// <summary>Labels that a polite or wordy style biases.</summary>
internal enum BiasedLabels
{
    /// <summary>None.</summary>
    None,

    /// <summary>Rankings alone.</summary>
    Rankings,

    /// <summary>Rankings and ratings.</summary>
    Both,
}
