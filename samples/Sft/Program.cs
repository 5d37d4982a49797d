// Supervised fine-tuning: a model with random weights learns to answer three questions.
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Sft;
using Repro.Samples;

// 1. The data: conversations.
(string Question, string Answer)[] examples =
[
    ("Who keeps the lighthouse?", "Ada keeps it."),
    ("Give a name for a boat.", "Heron."),
    ("What is two plus three?", "Five."),
];

// 2. The model: a tokenizer learned from these texts, and fresh weights.
using var tiny = new TinyModel(examples.SelectMany(example => new[] { example.Question, example.Answer }));
var streams = new RandomStreams(1);
var model = TrainedModel.Load(new ModelSettings { Path = tiny.Folder, Fresh = true }, streams);

// 3. Conversations become token rows; what the assistant writes carries the loss.
var template = new ChatMlTemplate();
var form = new ConversationRows(tiny.Tokenizer, template);
List<TokenRow> rows =
    [.. examples.Select(example => form.Row([new(ChatRole.User, example.Question), new(ChatRole.Assistant, example.Answer)]))];

// 4. Training. The trainer owns the model from here on.
using var trainer = new SftTrainer(
    model,
    rows,
    heldOut: [],
    new SftSettings { Batch = new BatchSettings { BatchSize = rows.Count }, Epochs = 60 },
    new OptimizerSettings { LearningRate = 1e-2, MaximumGradientNorm = 1 },
    new ScheduleSettings { Kind = ScheduleShape.Cosine, WarmupRatio = 0.1 },
    streams);
for (var step = 0L; step < trainer.TotalSteps; step++)
{
    var report = trainer.Step(step, CancellationToken.None);
    if (step % 20 == 0 || step == trainer.TotalSteps - 1)
    {
        Console.WriteLine(Invariant($"step {step}: loss {report.Metrics["loss"]:F3}"));
    }
}

// 5. The model answers.
foreach (var (question, _) in examples)
{
    var prompt = template.Encode(tiny.Tokenizer, [new(ChatRole.User, question)], addGenerationPrompt: true).Ids;
    var settings = new GenerationSettings { MaxNewTokens = 24, StopTokens = model.Language.Config.EndTokens };
    var answer = TextGenerator.Generate(model.Language, [[.. prompt.Select(id => (long)id)]], settings).Responses[0];
    Console.WriteLine($"{question} {tiny.Tokenizer.DecodeIds(answer.Select(id => (int)id), skipSpecialTokens: true)}");
}
