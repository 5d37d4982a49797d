using Repro.Core.Models;
using Repro.Core.Models.Adapters;
using Repro.Core.Models.Heads;
using Repro.Core.Optimization;
using Repro.Core.Training;
using static TorchSharp.torch;

namespace Repro.GpuProbe;

/// <summary>A supervised step on one batch of random tokens: LoRA of rank 16 on every linear layer, AdamW. Every token counts.</summary>
internal sealed class SftWork : IDisposable
{
    private const string Adapter = "policy";

    private readonly LanguageModel _model;
    private readonly HeadLogProbs _head;
    private readonly TrainingOptimizer _optimizer;
    private readonly Tensor _ids;
    private readonly Tensor _mask;
    private readonly Tensor _weights;
    private readonly bool _checkpointing;

    internal SftWork(LanguageModel model, int rows, int length, bool checkpointing)
    {
        (_model, _checkpointing) = (model, checkpointing);
        model.Adapters.Add(Adapter, new LoraSettings { Rank = 16, Alpha = 32, Targets = ["all-linear"] }, 2);
        _head = new HeadLogProbs(model, new HeadMemory(ChunkBytes: 1L << 30, KeptBytes: 0));
        _optimizer = new TrainingOptimizer(
            model.Adapters.Parameters(Adapter).Select(pair => (pair.Key, pair.Value)), new OptimizerSettings { LearningRate = 1e-4, MaximumGradientNorm = 1 });
        using var generator = new Generator(3);
        using var drawn = randint(0, model.Config.VocabularySize, [(long)rows, length], generator: generator);
        _ids = drawn.to(model.Device, copy: true);
        _mask = ones_like(_ids);
        _weights = full([rows, length - 1], -1.0 / (rows * (length - 1)), ScalarType.Float32, model.Device);
    }

    /// <summary>Scalars that are trained.</summary>
    internal long TrainedScalars => _optimizer.TrainedScalars;

    /// <summary>One step; the loss is the mean negative log-probability before it.</summary>
    internal StepReport Step(long step)
    {
        using var scope = NewDisposeScope();
        var loss = _checkpointing ? _model.BackwardCheckpointed(_ids, _mask, Loss) : Loss(_model.Hidden(_ids, _mask));
        var norm = _optimizer.Update(step);
        return new StepReport(new Dictionary<string, double> { ["loss"] = loss.item<float>(), ["gradient_norm"] = norm }, _ids.numel());
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _ids.Dispose();
        _mask.Dispose();
        _weights.Dispose();
        _model.Adapters.Remove(Adapter);
    }

    private Tensor Loss(Tensor hidden) => _head.BackwardWeighted(hidden, _ids, _mask, _weights).mul(_weights).sum();
}
