using Repro.Core.Models;
using Repro.Core.Tokenization;
using static TorchSharp.torch;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>How a model reads benchmarks. Scores do not depend on the batch size or on sharing.</summary>
public sealed record BenchmarkReading
{
    /// <summary>Documents at once.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Whether what prompts begin with in common, such as examples and the question before its choices, is computed
    /// once.</summary>
    public bool SharePrefixes { get; init; } = true;

    /// <summary>Whether prompts begin with the tokenizer's begin token; lm-eval's <c>add_bos_token</c>.</summary>
    public bool AddBosToken { get; init; }

    /// <summary>Most new tokens of a response, lm-eval's <c>max_gen_toks</c>; null for what the task says.</summary>
    public int? MaxGenToks { get; init; }

    /// <summary>How several programs are drawn for each problem; null for one response as the task says. Of tasks that run programs
    /// only.</summary>
    public ProgramSampling? Sampling { get; init; }

    /// <summary>Most new tokens of a response: those of <see cref="MaxGenToks"/>, else those of the task, else lm-eval's 256.</summary>
    /// <param name="request">How the task generates.</param>
    public int NewTokens(GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return MaxGenToks ?? request.MaxGenToks ?? 256;
    }

    /// <summary>Refuses a task whose responses may take all positions of a model: nothing would be left of its prompts.</summary>
    /// <param name="task">The task.</param>
    /// <param name="config">The model.</param>
    /// <exception cref="ReproException">There are as many new tokens as positions, or more.</exception>
    public void CheckRoom(BenchmarkTask task, ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(config);
        if (task.Settings is { OutputType: OutputType.GenerateUntil, GenerationKwargs: { } request }
            && NewTokens(request) >= config.LongestText)
        {
            throw new ReproException(Invariant($"{task.Name}: {NewTokens(request)} new tokens leave the prompt no place in the model's ")
                + Invariant($"{config.LongestText} positions; --max-gen-toks gives fewer."));
        }
    }

    /// <summary>The tokens that stand before a prompt: the begin token where it is asked for, or one that stands for an empty
    /// prompt.</summary>
    /// <exception cref="ReproException">The prompt is empty and the tokenizer has no token to stand for it.</exception>
    internal int[] Begin(TextTokenizer tokenizer, bool isEmpty) => AddBosToken && tokenizer.BeginOfText is { } begin ? [begin]
        : !isEmpty ? []
        : [tokenizer.Specials.Begin ?? tokenizer.Specials.End
            ?? throw new ReproException("A prompt is empty and the tokenizer has neither a begin nor an end token to stand for it.")];
}

/// <summary>
/// Log-likelihoods of continuations. The requests of a batch become trees of tokens, in which each common beginning stands once: a token
/// sees those on its way to the root. The last token of a continuation is never read, so that letters as choices cost nothing beyond their
/// prompt.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="reading">How to read.</param>
public sealed class ChoiceScorer(LanguageModel model, TextTokenizer tokenizer, BenchmarkReading reading)
{
    // A tree with more tokens takes no further document: work for pairs of tokens and the size of the mask grow with their square.
    private const int FullTree = 2048;

    // Bytes of one table of [positions, vocabulary] in single precision.
    private const long TableBytes = 1L << 27;

    /// <summary>Documents so far that lost the beginning of a text because the model has fewer positions.</summary>
    public int Shortened { get; private set; }

    /// <summary>The log-likelihoods of the continuations of each document.</summary>
    /// <param name="documents">Requests with continuations.</param>
    /// <param name="done">Told the number of documents after each batch; null for nobody.</param>
    /// <param name="cancellation">Checked between batches.</param>
    /// <returns>For each document one for each request, in order.</returns>
    /// <exception cref="ReproException">A continuation has no tokens or more than the model has positions, or logits are not
    /// finite.</exception>
    public IReadOnlyList<IReadOnlyList<ChoiceLikelihood>> Score(
        IReadOnlyList<IReadOnlyList<BenchmarkRequest>> documents, Action<int>? done = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var texts = documents.Select(Encode).ToList();
        var scores = new IReadOnlyList<ChoiceLikelihood>[documents.Count];
        using var inference = new EvaluationMode(model, gradients: false);

        // Documents of like length together leave little padding, and the longest first shows at once whether memory is enough.
        var byLength = Enumerable.Range(0, texts.Count).OrderByDescending(i => texts[i].Max(text => text.Ids.Length)).ToList();
        foreach (var batch in byLength.Chunk(reading.BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            var likelihoods = Score([.. batch.Select(i => texts[i])]);
            for (var i = 0; i < batch.Length; i++)
            {
                scores[batch[i]] = likelihoods[i];
            }

            done?.Invoke(batch.Length);
        }

        return scores;
    }

    /// <summary>Tokens of prompt and continuation as lm-eval takes them: blanks at the end of the prompt go to the continuation, whose
    /// tokens are those of both together after those of the prompt alone. Too long a text loses its beginning.</summary>
    internal EncodedChoice Encode(BenchmarkRequest request) => Encode(request, Ids(request.Context.TrimEnd()));

    // Choices of one document share their prompt, which is most of their tokens.
    private List<EncodedChoice> Encode(IReadOnlyList<BenchmarkRequest> requests)
    {
        var contexts = requests.Select(request => request.Context).Distinct().ToDictionary(text => text, text => Ids(text.TrimEnd()));
        var choices = requests.Select(request => Encode(request, contexts[request.Context])).ToList();
        Shortened += choices.Exists(choice => choice.IsShortened) ? 1 : 0;
        return choices;
    }

    private int[] Ids(string text) => tokenizer.EncodeIds(text, addSpecialTokens: false, specialTokensAsText: true);

    private EncodedChoice Encode(BenchmarkRequest request, int[] context)
    {
        var whole = Ids(request.Context + request.Continuation);
        var continuation = whole.Skip(context.Length).ToArray();
        if (continuation.Length == 0)
        {
            throw new ReproException($"The continuation '{request.Continuation}' has no tokens of its own after its prompt.");
        }

        if (continuation.Length > model.Config.LongestText)
        {
            throw new ReproException(Invariant(
                $"A continuation of {continuation.Length} tokens exceeds the {model.Config.LongestText} positions of the model."));
        }

        int[] all = [.. reading.Begin(tokenizer, context.Length == 0), .. context, .. continuation];
        var most = (int)Math.Min(all.Length, model.Config.LongestText + 1);
        return new(all[^most..], continuation.Length, all.Length > most);
    }

    private List<ChoiceLikelihood[]> Score(List<List<EncodedChoice>> documents)
    {
        using var scope = NewDisposeScope();
        var (trees, places) = Lay(documents);
        var time = trees.Max(tree => tree.Count);
        var asked = places.SelectMany(document => document).SelectMany(steps => steps).ToList();
        var first = asked.Min(step => step.Node);
        var hidden = Hidden(trees, time, first);
        var width = time - first;
        var nodes = asked.Select(step => (step.Tree * width) + step.Node - first).Distinct().ToList();
        var rows = nodes.Select((node, row) => (node, row)).ToDictionary(pair => pair.node, pair => pair.row);
        var targets = asked.Select(step => (Row: rows[(step.Tree * width) + step.Node - first], step.Token)).ToList();
        var (values, greedy) = Tokens(hidden, nodes, targets);
        var next = 0;
        return [.. places.Select(document => document.Select(steps =>
        {
            var range = next..(next += steps.Count);
            return new ChoiceLikelihood(values[range].Sum(value => (double)value), Array.TrueForAll(greedy[range], same => same));
        }).ToArray())];
    }

    // The form that is least work: each request by itself, a tree for each document, or one for as many documents as fit.
    private (List<TokenTree> Trees, List<List<List<TreeStep>>> Places) Lay(List<List<EncodedChoice>> documents)
    {
        if (!reading.SharePrefixes)
        {
            return TokenTree.Plant(documents, _ => true, alone: true);
        }

        var apart = TokenTree.Plant(documents, _ => true);
        var together = TokenTree.Plant(documents, size => size > FullTree);
        return Work(together.Trees) < Work(apart.Trees) ? together : apart;
    }

    // Work of a block: each token through matrices of about 12 width^2, and each pair of tokens of a row through 2 width.
    private double Work(List<TokenTree> trees)
    {
        double time = trees.Max(tree => tree.Count);
        return trees.Count * time * ((6.0 * model.Config.HiddenSize) + time);
    }

    private Tensor Hidden(List<TokenTree> trees, int time, int first)
    {
        using var scope = NewDisposeScope();
        var ids = new long[trees.Count * time];
        for (var row = 0; row < trees.Count; row++)
        {
            trees[row].Ids.CopyTo(ids.AsSpan(row * time));
        }

        var tokens = tensor(ids, [trees.Count, time], device: model.Device);
        if (trees.TrueForAll(tree => tree.IsChain))
        {
            var real = new bool[trees.Count * time];
            for (var row = 0; row < trees.Count; row++)
            {
                real.AsSpan(row * time, trees[row].Count).Fill(true);
            }

            return model.Hidden(tokens, tensor(real, [trees.Count, time], device: model.Device), first: first).MoveToOuterDisposeScope();
        }

        var (seen, positions) = (new bool[(long)trees.Count * time * time], new long[trees.Count * time]);
        for (var row = 0; row < trees.Count; row++)
        {
            trees[row].See(seen.AsSpan(row * time * time, time * time), positions.AsSpan(row * time, time), time);
        }

        return model.Hidden(tokens, tensor(seen, [trees.Count, time, time], device: model.Device),
            tensor(positions, [trees.Count, time], device: model.Device), first: first).MoveToOuterDisposeScope();
    }

    // Log-probabilities in single precision, whatever the model computes in.
    private (float[] Values, bool[] Greedy) Tokens(Tensor hidden, List<int> nodes, List<(int Row, int Token)> targets)
    {
        var flat = hidden.reshape(-1, hidden.shape[2]);
        var rowsAtOnce = (int)Math.Max(1, TableBytes / (4 * model.Config.VocabularySize));
        var (values, greedy) = (new float[targets.Count], new bool[targets.Count]);
        for (var start = 0; start < nodes.Count; start += rowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var some = nodes.Skip(start).Take(rowsAtOnce).Select(node => (long)node).ToArray();
            var logits = model.LogitsOf(flat.index_select(0, tensor(some, device: hidden.device))).to(ScalarType.Float32);
            var table = logits.log_softmax(-1);
            var here = Enumerable.Range(0, targets.Count)
                .Where(i => targets[i].Row >= start && targets[i].Row < start + some.Length).ToArray();
            var rows = tensor(Array.ConvertAll(here, i => (long)(targets[i].Row - start)), device: hidden.device);
            var tokens = tensor(Array.ConvertAll(here, i => (long)targets[i].Token), device: hidden.device);
            var found = table.index_select(0, rows).gather(1, tokens.unsqueeze(1)).squeeze(1).cpu().data<float>().ToArray();
            var best = table.argmax(-1).index_select(0, rows).eq(tokens).cpu().data<bool>().ToArray();
            for (var i = 0; i < here.Length; i++)
            {
                values[here[i]] = float.IsNaN(found[i])
                    ? throw new ReproException(
                        $"The model's logits are not finite: its weights hold NaN or infinity, or the dtype {model.Dtype} overflows.")
                    : found[i];
                greedy[here[i]] = best[i];
            }
        }

        return (values, greedy);
    }
}

/// <summary>Tokens of a prompt with its continuation.</summary>
/// <param name="Ids">All of them.</param>
/// <param name="Continuation">How many at the end belong to the continuation.</param>
/// <param name="IsShortened">Whether the prompt lost its beginning.</param>
internal sealed record EncodedChoice(int[] Ids, int Continuation, bool IsShortened);

/// <summary>A token of a continuation, and where the state stands that predicts it.</summary>
/// <param name="Tree">Index of the tree.</param>
/// <param name="Node">Index of the node.</param>
/// <param name="Token">The token.</param>
internal readonly record struct TreeStep(int Tree, int Node, int Token);

/// <summary>Texts with each common beginning once.</summary>
internal sealed class TokenTree
{
    private readonly List<long> _ids = [];
    private readonly List<int> _parents = [];
    private readonly Dictionary<(int Parent, int Id), int> _children = [];

    internal int Count => _ids.Count;

    internal ReadOnlySpan<long> Ids => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids);

    /// <summary>Whether it holds one text, or texts of which each begins the next.</summary>
    internal bool IsChain => Enumerable.Range(0, Count).All(node => _parents[node] == node - 1);

    /// <summary>Plants trees for documents.</summary>
    /// <param name="documents">Texts of each.</param>
    /// <param name="closes">Whether a tree with some number of tokens takes no further document.</param>
    /// <param name="alone">Whether each text has a tree of its own.</param>
    /// <returns>The trees, and for each text where its continuation is predicted.</returns>
    internal static (List<TokenTree> Trees, List<List<List<TreeStep>>> Places) Plant(
        List<List<EncodedChoice>> documents, Func<int, bool> closes, bool alone = false)
    {
        var (trees, places) = (new List<TokenTree> { new() }, new List<List<List<TreeStep>>>());
        foreach (var document in documents)
        {
            if (trees[^1].Count > 0 && closes(trees[^1].Count))
            {
                trees.Add(new());
            }

            var own = new List<List<TreeStep>>();
            foreach (var text in document)
            {
                if (alone && own.Count > 0)
                {
                    trees.Add(new());
                }

                own.Add(trees[^1].Add(text, trees.Count - 1));
            }

            places.Add(own);
        }

        return (trees, places);
    }

    /// <summary>Writes which tokens each token sees, and their positions. Padding sees the first token, so that no query is left without
    /// a key.</summary>
    internal void See(Span<bool> seen, Span<long> positions, int time)
    {
        for (var node = 0; node < time; node++)
        {
            var row = seen.Slice(node * time, time);
            if (node >= Count)
            {
                row[0] = true;
                continue;
            }

            if (_parents[node] is var parent and >= 0)
            {
                seen.Slice(parent * time, node).CopyTo(row);
                positions[node] = positions[parent] + 1;
            }

            row[node] = true;
        }
    }

    // The last token is predicted and not read.
    private List<TreeStep> Add(EncodedChoice text, int tree)
    {
        var steps = new List<TreeStep>();
        var node = -1;
        for (var i = 0; i < text.Ids.Length; i++)
        {
            if (i >= text.Ids.Length - text.Continuation)
            {
                steps.Add(new(tree, node, text.Ids[i]));
            }

            if (i < text.Ids.Length - 1)
            {
                node = Child(node, text.Ids[i]);
            }
        }

        return steps;
    }

    private int Child(int parent, int id)
    {
        if (_children.TryGetValue((parent, id), out var found))
        {
            return found;
        }

        _ids.Add(id);
        _parents.Add(parent);
        return _children[(parent, id)] = Count - 1;
    }
}
