using static TorchSharp.torch;

namespace TorchSharp.Modules;

public partial class RMSProp
{
    /// <summary>What is remembered of one parameter.</summary>
    public sealed class State : OptimizerState, IDisposable
    {
        public long step;
        public Tensor square_avg;
        public Tensor? momentum_buffer;
        public Tensor? grad_avg;

        public State(Parameter parameter)
            : base(parameter)
        {
            square_avg = Zeros(parameter);
        }

        public override void Initialize(OptimizerOptions options)
        {
            var own = (Options)options;
            step = 0;
            square_avg.zero_();
            momentum_buffer?.Dispose();
            momentum_buffer = own.momentum is > 0 ? Zeros(_parameter) : null;
            grad_avg?.Dispose();
            grad_avg = own.centered == true ? Zeros(_parameter) : null;
        }

        public override void to(Device device)
        {
            square_avg = Moved(square_avg, device);
            momentum_buffer = Moved(momentum_buffer, device);
            grad_avg = Moved(grad_avg, device);
        }

        public override void SaveStateDict(BinaryWriter writer)
        {
            ArgumentNullException.ThrowIfNull(writer);
            writer.Write(step);
            SaveTensor(writer, square_avg);
            SaveConditionalStateTensor(writer, momentum_buffer);
            SaveConditionalStateTensor(writer, grad_avg);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            ArgumentNullException.ThrowIfNull(reader);
            step = reader.ReadInt64();
            LoadTensor(reader, square_avg, nameof(square_avg));
            LoadConditionalStateTensor(reader, ref momentum_buffer, _parameter.device);
            LoadConditionalStateTensor(reader, ref grad_avg, _parameter.device);
        }

        public override void LoadStateDict(OptimizerState source)
        {
            State other = Same<State>(source);
            using var noGradient = no_grad();
            step = other.step;
            square_avg.copy_(other.square_avg);
            momentum_buffer?.Dispose();
            momentum_buffer = Copy(other.momentum_buffer, _parameter);
            grad_avg?.Dispose();
            grad_avg = Copy(other.grad_avg, _parameter);
        }

        public override bool ApproximatelyEquals(OptimizerState other)
            => other is State state && step == state.step && Close(square_avg, state.square_avg) && Close(momentum_buffer, state.momentum_buffer) && Close(grad_avg, state.grad_avg);

        public void Dispose()
        {
            square_avg.Dispose();
            momentum_buffer?.Dispose();
            grad_avg?.Dispose();
        }
    }
}
