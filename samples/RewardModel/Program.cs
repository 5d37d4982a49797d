// A preference reward model: it learns from ranked replies to give the better one the higher score (Bradley-Terry; CRS Eq. 2.12).
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.RewardModels;
using Repro.Samples;

// 1. The data: a prompt with its replies, the best first.
(string Prompt, string[] Replies)[] ranked =
[
    ("Name a river.", ["The Oder is a river.", "The Oder.", "A mountain."]),
    ("Name a bird.", ["The heron is a bird.", "The heron.", "A stone."]),
    ("Name a city.", ["Oslo is a city.", "Oslo.", "A spoon."]),
    ("Name a tree.", ["The oak is a tree.", "The oak.", "A stone."]),
];

// 2. The model: a fresh body with a score head of one output.
using var tiny = new TinyModel(ranked.SelectMany(row => row.Replies.Append(row.Prompt)));
var streams = new RandomStreams(1);
var model = TrainedScoreModel.Load(new ModelSettings { Path = tiny.Folder, Fresh = true }, streams);

// 3. Prompt and reply as one text; the score is read at its last token.
var input = new ScoringInput(tiny.Tokenizer, new ChatMlTemplate(), new PairTruncation(MaxLength: 128, MinPromptLength: 64));
var examples = new List<RankedExample>();
foreach (var (prompt, replies) in ranked)
{
    List<int[]> texts = [.. replies.Select(reply => input.Build([new(ChatRole.User, prompt)], reply))];
    examples.Add(new RankedExample(texts, [.. replies.Select(reply => tiny.Tokenizer.EncodeIds(reply).Length)]));
}

// 4. Training on three prompts, all pairs of a prompt's replies in one step.
using var trainer = new RewardModelTrainer<RankedExample>(
    model,
    new PreferenceObjective(),
    examples[..3],
    heldOut: examples[3..],
    new RewardTrainingSettings { Batch = new BatchSettings { BatchSize = 3 }, Epochs = 40 },
    new OptimizerSettings { LearningRate = 3e-3, MaximumGradientNorm = 1 },
    new ScheduleSettings(),
    streams);
for (var step = 0L; step < trainer.TotalSteps; step++)
{
    var metrics = trainer.Step(step, CancellationToken.None).Metrics;
    if (step % 10 == 0 || step == trainer.TotalSteps - 1)
    {
        Console.WriteLine(Invariant($"step {step}: loss {metrics["loss"]:F3}, accuracy {metrics["accuracy"]:F2}"));
    }
}

// 5. The prompt that was held out, beside a rule that knows only lengths: the longer reply wins.
var heldOut = trainer.Evaluate(CancellationToken.None);
var (accuracy, longer) = (heldOut["accuracy"], heldOut["baseline/longer"]);
Console.WriteLine(Invariant($"held out: {heldOut["pairs"]} pairs, accuracy {accuracy:F2}, of the longer reply {longer:F2}"));
