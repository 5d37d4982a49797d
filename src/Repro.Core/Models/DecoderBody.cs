using Repro.Core.Randomness;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Embeddings, blocks and the last norm.</summary>
internal sealed class DecoderBody : NamedModule
{
    private readonly ModelConfig _config;
    private readonly Embedding? _positions;
    private readonly Norm _norm;
    private readonly List<DecoderBlock> _blocks = [];

    internal DecoderBody(WeightSource source, string path, ModelConfig config)
        : base(nameof(DecoderBody))
    {
        _config = config;
        var gpt2 = config.Architecture == ModelArchitecture.Gpt2;
        var (tokens, blocks, norm) = gpt2 ? ("wte", "h", "ln_f") : ("embed_tokens", "layers", "norm");
        TokensName = $"{path}.{tokens}.weight";
        Tokens = new Embedding(source, $"{path}.{tokens}", config.VocabularySize, config.HiddenSize);
        register_module(tokens, Tokens);
        if (gpt2)
        {
            _positions = new Embedding(source, path + ".wpe", config.MaximumPositions, config.HiddenSize);
            register_module("wpe", _positions);
        }

        var group = new ModuleGroup(blocks);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var at = Invariant($"{path}.{blocks}.{layer}");
            _blocks.Add(
                group.Add<DecoderBlock>(
                    Invariant($"{layer}"), gpt2 ? new Gpt2Block(source, at, config, layer) : new RotaryBlock(source, at, config, layer)));
        }

        register_module(blocks, group);
        _norm = new Norm(source, $"{path}.{norm}", config.HiddenSize, config);
        register_module(norm, _norm);
    }

    internal Embedding Tokens { get; }

    /// <summary>Name of the token embeddings in checkpoints.</summary>
    internal string TokensName { get; }

    internal IReadOnlyList<DecoderBlock> Blocks => _blocks;

    /// <summary>Where the dropout of a pass is drawn from, each block apart; null for the global generator as it stands.</summary>
    internal long? DropoutSeed { get; set; }

    internal Tensor Forward(Tensor ids, Tensor mask, Tensor? positions, KeyValueCache? cache, long first)
    {
        using var scope = NewDisposeScope();
        var (whole, last) = Contexts(ids.shape[1], mask, positions, cache, first);
        return Forward(ids, whole, last).MoveToOuterDisposeScope();
    }

    /// <summary>A pass over columns that all ask.</summary>
    internal Tensor Forward(Tensor ids, ForwardContext context) => Forward(ids, context, context);

    /// <summary>The contexts of all blocks but the last, and of the last: there the columns before the first one wanted only
    /// answer.</summary>
    private (ForwardContext Whole, ForwardContext Last) Contexts(
        long count, Tensor mask, Tensor? positions, KeyValueCache? cache, long first)
    {
        var past = cache?.Length ?? 0;
        var counted = mask.dim() == 3 ? positions! : PositionsOf(mask);
        var at = positions ?? counted.narrow(1, past, count);
        var seen = AttentionCore.Seen(mask, past, count);
        var full = View(seen, at, sliding: false);
        var sliding = full;
        if (_config.SlidingWindow is { } window && counted.shape[1] > window)
        {
            var near = seen.logical_and(AttentionCore.Within(counted.narrow(1, past, count), counted, window));
            sliding = View(near, at, sliding: true);
        }
        else if (_config.SlidingRopeTheta is not null)
        {
            sliding = View(seen, at, sliding: true);
        }

        ForwardContext Context(long from)
        {
            var all = full.From(from, Times);
            return new(at, all, ReferenceEquals(sliding, full) ? all : sliding.From(from, Times), cache) { First = from };
        }

        var whole = Context(0);
        return (whole, first == 0 ? whole : Context(first));
    }

    // Queries that share keys and values.
    private int Times => _config.Heads / _config.KeyValueHeads;

    private AttentionView View(Tensor seen, Tensor positions, bool sliding)
    {
        var dtype = Tokens.Weight.dtype;
        var (cosines, sines) = _positions is null ? Rotary.Tables(_config, positions, dtype, sliding) : ((Tensor?)null, (Tensor?)null);
        return new AttentionView(AttentionCore.Added(seen, dtype), cosines, sines);
    }

    private Tensor Forward(Tensor ids, ForwardContext whole, ForwardContext last)
    {
        using var scope = NewDisposeScope();
        var hidden = Embed(ids, whole);
        for (var layer = 0; layer < _blocks.Count; layer++)
        {
            var next = Run(layer, hidden, Of(layer, whole, last));
            hidden.Dispose();
            hidden = next;
        }

        whole.Cache?.Advance(ids.shape[1]);
        return _norm.Forward(hidden).MoveToOuterDisposeScope();
    }

    private ForwardContext Of(int layer, ForwardContext whole, ForwardContext last) => layer == _blocks.Count - 1 ? last : whole;

    /// <summary>What the single steps after a prompt share.</summary>
    /// <param name="mask">[batch, all], ones after the prompt.</param>
    internal StepPlan Plan(Tensor mask)
    {
        using var scope = NewDisposeScope();
        var real = mask.ne(0);
        var isPadded = !real.all().item<bool>();
        var added = isPadded
            ? zeros(mask.shape, dtype: Tokens.Weight.dtype, device: mask.device).masked_fill_(real.logical_not(), double.NegativeInfinity)
                .unsqueeze(1).unsqueeze(1)
            : null;

        // Without padding all rows stand at the same positions: one row of tables serves all.
        var positions = PositionsOf(isPadded || _positions is not null ? mask : mask.narrow(0, 0, 1));
        AttentionView Turning(bool sliding)
        {
            var (cosines, sines) = Rotary.Tables(_config, positions, Tokens.Weight.dtype, sliding);
            return new AttentionView(added, cosines.MoveToOuterDisposeScope(), sines.MoveToOuterDisposeScope());
        }

        positions.MoveToOuterDisposeScope();
        added?.MoveToOuterDisposeScope();
        var full = _positions is null ? Turning(sliding: false) : new AttentionView(added, null, null);
        return new StepPlan(positions, full, _config.SlidingRopeTheta is null ? full : Turning(sliding: true), _config.SlidingWindow);
    }

    internal Tensor Embed(Tensor ids, ForwardContext context)
    {
        if (_positions is not null)
        {
            return Tokens.Forward(ids) + _positions.Forward(context.Positions!);
        }

        if (!_config.IsGemma)
        {
            return Tokens.Forward(ids);
        }

        // The factor is rounded to the model's type first: 55.5 in bfloat16 where the root is 55.43.
        using var scope = NewDisposeScope();
        var factor = tensor(Math.Sqrt(_config.HiddenSize), dtype: Tokens.Weight.dtype, device: Tokens.Weight.device);
        return (Tokens.Forward(ids) * factor).MoveToOuterDisposeScope();
    }

    /// <summary>A forward pass for training that keeps every activation.</summary>
    internal ForwardPass Train(Tensor ids, Tensor mask, Tensor? positions, long first) =>
        new(Forward(ids, mask, positions, null, first), null);

    /// <summary>A forward pass for training that keeps the input of each block alone: the block runs again in the backward pass.</summary>
    internal ForwardPass TrainCheckpointed(Tensor ids, Tensor mask, Tensor? positions, long first)
    {
        var (whole, last) = Contexts(ids.shape[1], mask, positions, null, first);
        var inputs = new List<Tensor>();
        using (no_grad())
        {
            inputs.Add(Embed(ids, whole));
            for (var layer = 0; layer < _blocks.Count; layer++)
            {
                inputs.Add(Run(layer, inputs[^1], Of(layer, whole, last)));
            }
        }

        var top = inputs[^1].detach().requires_grad_();
        return new ForwardPass(_norm.Forward(top), new BlockInputs(this, ids, whole, last, inputs, top));
    }

    /// <summary>Runs each block again, from the last to the first, and takes the gradient of the last one's output through all.</summary>
    internal void Backward(BlockInputs kept)
    {
        if (kept.Top.grad is not { } gradient)
        {
            return;
        }

        using var scope = NewDisposeScope();
        for (var layer = _blocks.Count - 1; layer >= 0; layer--)
        {
            using var inner = NewDisposeScope();
            var input = kept.Inputs[layer].detach().requires_grad_();
            Run(layer, input, Of(layer, kept.Whole, kept.Last)).backward([gradient]);
            gradient = input.grad!.MoveToOuterDisposeScope();
        }

        var embedded = Embed(kept.Ids, kept.Whole);
        if (embedded.requires_grad)
        {
            embedded.backward([gradient]);
        }
    }

    private Tensor Run(int layer, Tensor hidden, ForwardContext context)
    {
        if (DropoutSeed is { } seed)
        {
            manual_seed(SequenceRandom.Derive(seed, layer)).Dispose();
        }

        return _blocks[layer].Forward(hidden, context);
    }

    /// <summary>The number of real tokens before each position; 0 at padding in front.</summary>
    private static Tensor PositionsOf(Tensor mask)
    {
        using var scope = NewDisposeScope();
        return (mask.ne(0).to(ScalarType.Int64).cumsum(1) - 1).clamp_min(0).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// A forward pass in training. The backward pass has two steps: that of the loss ends at <see cref="Hidden"/>, then
/// <see cref="Backward"/> takes the gradient that it left there through the model. Its tensors belong to the scope it was made in.
/// </summary>
public sealed class ForwardPass
{
    private readonly Tensor _output;
    private readonly BlockInputs? _kept;

    internal ForwardPass(Tensor output, BlockInputs? kept)
    {
        (_output, _kept) = (output, kept);
        Hidden = output.requires_grad ? output.detach().requires_grad_() : output;
    }

    /// <summary>Hidden states after the last norm [batch, count - first, width], without the graph of the model.</summary>
    public Tensor Hidden { get; }

    /// <summary>Adds the gradients of the model's parameters, after backward of a loss on <see cref="Hidden"/>; none where nothing in
    /// the model before the head is trained, or where the loss did not depend on it.</summary>
    public void Backward()
    {
        if (!_output.requires_grad || Hidden.grad is not { } gradient)
        {
            return;
        }

        _output.backward([gradient]);
        _kept?.Body.Backward(_kept);
    }
}

/// <summary>What gradient checkpointing keeps of a forward pass: the input of each block, and what all blocks share.</summary>
internal sealed record BlockInputs(
    DecoderBody Body, Tensor Ids, ForwardContext Whole, ForwardContext Last, IReadOnlyList<Tensor> Inputs, Tensor Top);

/// <summary>One block: [batch, count, width] to the same, or to the columns alone that ask.</summary>
internal abstract class DecoderBlock(string name) : NamedModule(name)
{
    internal abstract Tensor Forward(Tensor hidden, ForwardContext context);

    /// <summary>[batch * count, heads * size] to [batch, heads, count, size].</summary>
    private protected static Tensor SplitHeads(Tensor rows, long batch, long heads, long size)
    {
        using var split = rows.view(batch, -1, heads, size);
        return split.transpose(1, 2);
    }
}

/// <summary>What all blocks of one pass share.</summary>
/// <param name="Positions">[batch, new], int64; null where rotary tables say it all.</param>
/// <param name="Full">What layers without a window see.</param>
/// <param name="Sliding">What layers with one see.</param>
/// <param name="Cache">Past keys and values; null for a pass over whole rows.</param>
internal sealed record ForwardContext(Tensor? Positions, AttentionView Full, AttentionView Sliding, KeyValueCache? Cache)
{
    /// <summary>The first column with a query; those before it have keys and values only.</summary>
    internal long First { get; init; }

    internal AttentionView View(bool slides) => slides ? Sliding : Full;

    /// <summary>The columns with a query, [batch * asking, width], of all of them, [batch * new, width].</summary>
    internal Tensor Asking(Tensor rows, long batch)
    {
        if (First == 0)
        {
            return rows;
        }

        using var scope = NewDisposeScope();
        var shape = rows.shape;
        var columns = shape[0] / batch;
        return rows.view(batch, columns, shape[1]).narrow(1, First, columns - First).reshape(-1, shape[1]).MoveToOuterDisposeScope();
    }
}

/// <summary>What the queries of a layer see, and how they and the keys are turned.</summary>
/// <param name="Mask">Added to the attention scores, [batch, 1, queries, all] as <see cref="AttentionCore.Folded"/> gives it: 0 or negative
/// infinity; null where all is seen.</param>
/// <param name="Cosines">Rotary cosines [batch, 1, new, size]; null without rotary positions.</param>
/// <param name="Sines">Rotary sines likewise, those of the first half negated.</param>
internal sealed record AttentionView(Tensor? Mask, Tensor? Cosines, Tensor? Sines)
{
    /// <summary>The cosines of the columns with a query.</summary>
    internal Tensor? AskingCosines { get; init; } = Cosines;

    /// <summary>The sines of the columns with a query.</summary>
    internal Tensor? AskingSines { get; init; } = Sines;

    /// <summary>The same for queries from one column on, with the mask folded.</summary>
    /// <param name="first">The first column with a query.</param>
    /// <param name="times">Queries of a key.</param>
    internal AttentionView From(long first, long times)
    {
        Tensor? Asking(Tensor? rows) => first == 0 ? rows : rows?.narrow(2, first, rows.shape[2] - first);
        return this with
        {
            Mask = AttentionCore.Folded(Asking(Mask)!, times),
            AskingCosines = Asking(Cosines),
            AskingSines = Asking(Sines),
        };
    }

    /// <summary>The same for some rows, int64 [rows]; what all rows share stays shared.</summary>
    internal AttentionView Of(Tensor rows)
    {
        Tensor? Some(Tensor? all) => all is null || all.shape[0] == 1 ? all : all.index_select(0, rows);
        return new AttentionView(Some(Mask), Some(Cosines), Some(Sines));
    }

    /// <summary>The same for the one column at some place of all.</summary>
    internal AttentionView At(long place, Tensor? mask) => new(mask, Cosines?.narrow(2, place, 1), Sines?.narrow(2, place, 1));
}

/// <summary>What generation needs at each step after the prompt, made once for all positions.</summary>
/// <param name="Positions">[batch, all], int64; [1, all] where all rows stand at the same.</param>
/// <param name="Full">For layers without a window: the mask [batch, 1, 1, all], null without padding, and tables [batch or 1, 1, all,
/// size].</param>
/// <param name="Sliding">The same for layers with one, the mask still without the window.</param>
/// <param name="Window">How many positions they see; null without such layers.</param>
internal sealed record StepPlan(Tensor Positions, AttentionView Full, AttentionView Sliding, int? Window)
{
    /// <summary>The context of a step of one token after what the cache holds.</summary>
    internal ForwardContext Next(KeyValueCache cache)
    {
        var past = cache.Length;
        var mask = Full.Mask?.narrow(3, 0, past + 1);
        var full = Full.At(past, mask);
        var near = Window is { } window && past >= window ? Near(past, window, mask) : mask;
        return new ForwardContext(
            full.Cosines is null ? Positions.narrow(1, past, 1) : null,
            full,
            ReferenceEquals(near, mask) && ReferenceEquals(Sliding, Full) ? full : Sliding.At(past, near),
            cache);
    }

    /// <summary>The plan of some rows.</summary>
    /// <param name="rows">Which, int64 [rows].</param>
    /// <returns>Its tensors belong to the current dispose scope.</returns>
    internal StepPlan Of(Tensor rows)
    {
        var full = Full.Of(rows);
        return this with
        {
            Positions = Positions.shape[0] == 1 ? Positions : Positions.index_select(0, rows),
            Full = full,
            Sliding = ReferenceEquals(Sliding, Full) ? full : Sliding.Of(rows),
        };
    }

    private Tensor Near(long past, int window, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var within = AttentionCore.Within(Positions.narrow(1, past, 1), Positions.narrow(1, 0, past + 1), window);
        var near = AttentionCore.Added(within, Sliding.Cosines!.dtype);
        return (mask is null ? near : near + mask).MoveToOuterDisposeScope();
    }
}
