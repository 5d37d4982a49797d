using System.Text;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>Asks a model the questions of a task.</summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="reading">How the model reads.</param>
/// <param name="sandbox">Where programs that the model writes run; null where there is none.</param>
public sealed class BenchmarkRun(LanguageModel model, TextTokenizer tokenizer, BenchmarkReading reading, IProgramRunner? sandbox = null)
{
    /// <summary>Documents so far whose prompts lost their beginning, because the model has fewer positions than they and what follows
    /// them may take.</summary>
    public int Shortened { get; private set; }

    private int Tries => reading.Sampling?.Samples ?? 1;

    /// <summary>Runs a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="limit">The first documents alone; null for all.</param>
    /// <param name="done">Told the number of documents after each batch; null for nobody.</param>
    /// <param name="progress">Takes what the model wrote, and has what an earlier run wrote; null for none.</param>
    /// <param name="cancellation">Checked between batches and tokens.</param>
    /// <returns>A sample for each document and filter, with its scores.</returns>
    /// <exception cref="ReproException">The profile's task can only be built, programs must be run and there is no sandbox, the responses
    /// leave the prompts no place, or the model cannot read a document.</exception>
    public IReadOnlyList<BenchmarkSample> Run(
        BenchmarkTask task, int? limit = null, Action<int>? done = null, BenchmarkProgress? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        reading.Sampling?.Check();
        if (task.Settings.PromptsOnly is { } reason)
        {
            throw new ReproException($"{task.Name} of the profile {task.Settings.Profile} cannot be run: {reason}.");
        }

        if (reading.Sampling is not null && !task.Settings.RunsPrograms)
        {
            throw new ReproException($"{task.Name} takes one response; several are drawn for tasks that run programs, such as humaneval.");
        }

        if (task.Settings.RunsPrograms && sandbox is null)
        {
            throw new ReproException(
                $"{task.Name} runs programs that the model wrote; it needs bubblewrap (bwrap) and Python, and one is missing.");
        }

        reading.CheckRoom(task, model.Config);
        var requests = task.Requests().Take(limit ?? int.MaxValue).ToList();
        return task.Settings.OutputType == OutputType.MultipleChoice
            ? Rank(task, requests, done, cancellation) : Write(task, requests, done, progress, cancellation);
    }

    private List<BenchmarkSample> Rank(
        BenchmarkTask task, List<IReadOnlyList<BenchmarkRequest>> requests, Action<int>? done, CancellationToken cancellation)
    {
        var scorer = new ChoiceScorer(model, tokenizer, reading);
        var scores = scorer.Score(requests, done, cancellation);
        Shortened += scorer.Shortened;
        return [.. scores.Select((choices, i) => Scored(task, Sample(task, i, requests[i]) with { Choices = choices }))];
    }

    private List<BenchmarkSample> Write(
        BenchmarkTask task, List<IReadOnlyList<BenchmarkRequest>> requests, Action<int>? done, BenchmarkProgress? progress,
        CancellationToken cancellation)
    {
        List<BenchmarkSample> samples = [.. progress?.Samples ?? []];
        var first = samples.Count / task.Filters.Count;
        if (first > 0)
        {
            done?.Invoke(first);
        }

        foreach (var places in Enumerable.Range(first, requests.Count - first).Chunk(Math.Max(1, reading.BatchSize / Tries)))
        {
            var responses = Responses(task, [.. places.Select(place => (place, requests[place][0].Context))], cancellation);
            var made = places.Zip(responses, (place, own) => Answered(task, place, requests[place], own, cancellation))
                .SelectMany(own => own).ToList();
            progress?.Append(made);
            samples.AddRange(made);
            done?.Invoke(places.Length);
        }

        return samples;
    }

    private List<BenchmarkSample> Answered(
        BenchmarkTask task, int place, IReadOnlyList<BenchmarkRequest> requests, string[] responses, CancellationToken cancellation)
    {
        var (fields, made) = (task.Documents[place].Fields, new List<BenchmarkSample>());
        foreach (var (name, steps) in task.Filters)
        {
            var answers = responses.Select(response => steps.Aggregate(response, (text, step) => step.Apply(text, fields))).ToList();
            made.Add(Scored(
                task, Sample(task, place, requests) with { Responses = responses, Filter = name, Filtered = answers }, cancellation));
        }

        return made;
    }

    private static BenchmarkSample Sample(BenchmarkTask task, int place, IReadOnlyList<BenchmarkRequest> requests)
    {
        var doc = BenchmarkSamples.ToJson(task.Documents[place]);
        return new BenchmarkSample
        {
            DocId = place,
            Doc = doc,
            Target = task.Target(task.Documents[place]),
            Requests = requests,
            DocHash = BenchmarkSamples.HashOf(doc),
        };
    }

    private BenchmarkSample Scored(BenchmarkTask task, BenchmarkSample sample, CancellationToken cancellation = default)
    {
        if (task.Settings.RunsPrograms)
        {
            var passed = sample.Filtered.Select(program => sandbox!.Passes($"{program}\n{sample.Target}", cancellation)).ToList();
            sample = sample with { Passed = passed };
        }

        return sample with { Scores = SampleScores.All(task.Settings, sample, reading.Sampling?.Ks) };
    }

    // The responses of each document; rows of several documents and tries are written together.
    private List<string[]> Responses(BenchmarkTask task, List<(int Place, string Prompt)> documents, CancellationToken cancellation)
    {
        var request = task.Settings.GenerationKwargs!;
        var room = model.Config.LongestText - reading.NewTokens(request);
        var rows = documents.Select(document => (document.Place, Ids: Ids(document.Prompt, room)))
            .SelectMany(document => Enumerable.Range(0, Tries).Select(number => (document.Ids, Seed: Seed(document.Place, number))));
        return [.. rows.Chunk(reading.BatchSize).SelectMany(part => Texts(request, part, cancellation)).Chunk(Tries)];
    }

    // Neither the batch nor the number of programs changes what is drawn.
    private long Seed(int place, int number) =>
        SequenceRandom.Derive(SequenceRandom.Derive(reading.Sampling?.Seed ?? 0, place), number);

    private List<string> Texts(GenerationRequest request, (long[] Ids, long Seed)[] rows, CancellationToken cancellation)
    {
        var texts = rows.Select(_ => new StoppedText(tokenizer, request.Until)).ToList();
        TextGenerator.Generate(model, [.. rows.Select(row => row.Ids)], new GenerationSettings
        {
            MaxNewTokens = reading.NewTokens(request),
            Sample = request.DoSample || reading.Sampling is not null,
            Temperature = reading.Sampling?.Temperature ?? (request is { DoSample: true, Temperature: { } heat } ? heat : 1),
            TopP = reading.Sampling?.TopP,
            Seeds = [.. rows.Select(row => row.Seed)],
            StopTokens = model.Config.EndTokens,
            PadToken = tokenizer.Specials.Pad ?? model.Config.PadToken ?? 0,
            Ends = (row, token) => texts[row].Add((int)token),
        }, cancellation);
        return [.. texts.Select(text => text.Finish())];
    }

    // A prompt that is too long loses its beginning.
    private long[] Ids(string prompt, long most)
    {
        var ids = tokenizer.EncodeIds(prompt, addSpecialTokens: false, specialTokensAsText: true);
        long[] all = [.. reading.Begin(tokenizer, ids.Length == 0), .. ids];
        Shortened += all.Length > most ? 1 : 0;
        return all[^(int)Math.Min(all.Length, most)..];
    }
}

/// <summary>A response as it is written, up to the first of some texts.</summary>
/// <param name="tokenizer">Decodes the tokens.</param>
/// <param name="until">Texts that end the response and are no part of it.</param>
internal sealed class StoppedText(TextTokenizer tokenizer, IReadOnlyList<string> until)
{
    private readonly StreamingDecoder _decoder = tokenizer.CreateStreamingDecoder(skipSpecialTokens: true, ignoreUnknownIds: true);
    private readonly StringBuilder _text = new();
    private int? _end;

    /// <summary>Takes a token.</summary>
    /// <returns>Whether the response has ended.</returns>
    internal bool Add(int token)
    {
        Append(_decoder.Add(token));
        return _end is not null;
    }

    /// <summary>The response.</summary>
    internal string Finish()
    {
        if (_end is null)
        {
            Append(_decoder.Finish());
        }

        return _text.ToString(0, _end ?? _text.Length);
    }

    private void Append(string more)
    {
        if (more.Length == 0 || _end is not null)
        {
            return;
        }

        // A stop may have begun in what came before.
        var longest = until.Select(stop => stop.Length).DefaultIfEmpty(0).Max();
        var from = Math.Max(0, _text.Length - longest + 1);
        _text.Append(more);
        var recent = _text.ToString(from, _text.Length - from);
        var found = until.Select(stop => recent.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).ToList();
        _end = found.Count > 0 ? from + found.Min() : null;
    }
}
