using System.CommandLine;
using System.Text.Json.Nodes;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Experiments.Cli;

/// <summary><c>score</c>: what a reward model makes of responses, as JSON lines.</summary>
internal static class ScoreVerb
{
    internal static Command Create()
    {
        var model = new ModelOptions();
        var data = new Option<string>("--data") { Description = "JSON lines with 'prompt' or 'messages', and 'response'.", Required = true };
        var length = new Option<int>("--max-length") { Description = "Tokens of prompt and response together.", DefaultValueFactory = _ => 2048 }.Limit(new AtLeastAttribute(1));
        var command = new Command("score", "Scores responses with a reward model; writes the rows with 'score' added.") { data, length };
        model.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var most = arguments.GetValue(length);
                var tokenizer = model.Tokenizer(arguments);
                var input = new ScoringInput(tokenizer, model.Template(arguments, tokenizer), new PairTruncation(most, Math.Min(256, most / 2)));
                var rows = ChatRows.Read(arguments.GetValue(data)!)
                    .Select(row => (row.Row, row.Where, Ids: input.Build(row.Prompt, ChatRows.Text(row.Row, "response", row.Where)))).ToList();
                using var loaded = Load(model, arguments);
                model.Write(arguments, output =>
                {
                    foreach (var part in rows.Chunk(model.Batch(arguments)))
                    {
                        cancellation.ThrowIfCancellationRequested();
                        var scores = Score(loaded.Model, [.. part.Select(row => row.Ids)], loaded.Device);
                        foreach (var (row, score) in part.Zip(scores))
                        {
                            if (!double.IsFinite(score))
                            {
                                throw new InputException(Invariant(
                                    $"{row.Where}: the model's score is {score}: its weights, or numbers in this --dtype, are not finite"));
                            }

                            var line = (JsonObject)row.Row.DeepClone();
                            line["score"] = score;
                            output.WriteLine(line.ToJsonString(GenerateVerb.Plain));
                        }
                    }
                });
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    private static double[] Score(IRewardModel model, int[][] texts, Device device)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var batch = PaddedBatch.Of(texts, new PaddingSettings(0));
        return model.Score(batch.IdTensor(device), batch.MaskTensor(device)).to(ScalarType.Float64).cpu().data<double>().ToArray();
    }

    private static Loaded Load(ModelOptions model, ParseResult arguments)
    {
        var (dtype, device) = (model.Dtype(arguments), model.Device(arguments));
        if (model.Adapter(arguments) is not { } adapter)
        {
            var whole = ScoreModel.Load(model.Model(arguments), dtype, device);
            return new Loaded(whole, device, [whole]);
        }

        var language = LanguageModel.Load(model.Model(arguments), dtype, device);
        try
        {
            var reward = AdapterRewardModel.Load(language, "reward", adapter);
            return new Loaded(reward, device, [reward, language]);
        }
        catch
        {
            language.Dispose();
            throw;
        }
    }

    private sealed record Loaded(IRewardModel Model, Device Device, IReadOnlyList<IDisposable> Owned) : IDisposable
    {
        public void Dispose()
        {
            foreach (var item in Owned)
            {
                item.Dispose();
            }
        }
    }
}
