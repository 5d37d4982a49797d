using Repro.Core.Losses;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Optimization;

/// <summary>What <see cref="LateDecayAdamW"/> remembers of one parameter.</summary>
internal sealed class LateDecayAdamWState(Parameter parameter) : OptimizerState(parameter), IDisposable
{
    private Tensor? _mean = Zeros(parameter);
    private Tensor? _square = Zeros(parameter);

    public long Step { get; set; }

    /// <summary>Running mean of the gradient.</summary>
    public Tensor Mean => _mean!;

    /// <summary>Running mean of its square.</summary>
    public Tensor Square => _square!;

    public override void Initialize(OptimizerOptions options)
    {
        using var quiet = no_grad();
        Step = 0;
        Mean.zero_();
        Square.zero_();
    }

    public override void to(Device device)
    {
        Replace(ref _mean, Mean.to(device));
        Replace(ref _square, Square.to(device));
    }

    public override void SaveStateDict(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Step);
        SaveConditionalStateTensor(writer, _mean);
        SaveConditionalStateTensor(writer, _square);
    }

    public override void LoadStateDict(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Step = reader.ReadInt64();
        LoadConditionalStateTensor(reader, ref _mean, _parameter.device);
        LoadConditionalStateTensor(reader, ref _square, _parameter.device);
        foreach (var tensor in new[] { _mean, _square })
        {
            if (tensor is null || !tensor.shape.SequenceEqual(_parameter.shape))
            {
                throw new ReproException(
                    $"optimiser state of shape {(tensor is null ? "none" : Guard.Show(tensor))} does not belong to a parameter of shape {Guard.Show(_parameter)}.");
            }
        }
    }

    public override void LoadStateDict(OptimizerState source)
    {
        var other = source as LateDecayAdamWState
            ?? throw new ArgumentException($"state of {nameof(LateDecayAdamW)} is expected, got {source?.GetType().Name}.", nameof(source));
        using var quiet = no_grad();
        Step = other.Step;
        Mean.copy_(other.Mean);
        Square.copy_(other.Square);
    }

    public override bool ApproximatelyEquals(OptimizerState other) =>
        other is LateDecayAdamWState state && Step == state.Step && Mean.allclose(state.Mean) && Square.allclose(state.Square);

    public void Dispose()
    {
        _mean?.Dispose();
        _square?.Dispose();
    }

    private static Tensor Zeros(Parameter parameter)
    {
        using var quiet = no_grad();
        return parameter.detach().zeros_like().DetachFromDisposeScope();
    }

    private static void Replace(ref Tensor? old, Tensor moved)
    {
        if (!ReferenceEquals(old, moved))
        {
            old?.Dispose();
            old = moved.DetachFromDisposeScope();
        }
    }
}
