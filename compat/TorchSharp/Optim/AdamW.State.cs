using static TorchSharp.torch;

namespace TorchSharp.Modules;

public partial class AdamW
{
    /// <summary>What is remembered of one parameter.</summary>
    public sealed class State : OptimizerState, IAdamState, IDisposable
    {
        public long step;
        public Tensor exp_avg;
        public Tensor exp_avg_sq;
        public Tensor? max_exp_avg_sq;

        public State(Parameter parameter)
            : base(parameter)
        {
            exp_avg = Zeros(parameter);
            exp_avg_sq = Zeros(parameter);
        }

        public override void Initialize(OptimizerOptions options)
        {
            var own = (Options)options;
            step = 0;
            exp_avg.zero_();
            exp_avg_sq.zero_();
            max_exp_avg_sq?.Dispose();
            max_exp_avg_sq = own.amsgrad == true ? Zeros(_parameter) : null;
        }

        public override void to(Device device)
        {
            exp_avg = Moved(exp_avg, device);
            exp_avg_sq = Moved(exp_avg_sq, device);
            max_exp_avg_sq = Moved(max_exp_avg_sq, device);
        }

        public override void SaveStateDict(BinaryWriter writer)
        {
            ArgumentNullException.ThrowIfNull(writer);
            writer.Write(step);
            SaveTensor(writer, exp_avg);
            SaveTensor(writer, exp_avg_sq);
            SaveConditionalStateTensor(writer, max_exp_avg_sq);
        }

        public override void LoadStateDict(BinaryReader reader)
        {
            ArgumentNullException.ThrowIfNull(reader);
            step = reader.ReadInt64();
            LoadTensor(reader, exp_avg, nameof(exp_avg));
            LoadTensor(reader, exp_avg_sq, nameof(exp_avg_sq));
            LoadConditionalStateTensor(reader, ref max_exp_avg_sq, _parameter.device);
        }

        public override void LoadStateDict(OptimizerState source)
        {
            State other = Same<State>(source);
            using var noGradient = no_grad();
            step = other.step;
            exp_avg.copy_(other.exp_avg);
            exp_avg_sq.copy_(other.exp_avg_sq);
            max_exp_avg_sq?.Dispose();
            max_exp_avg_sq = Copy(other.max_exp_avg_sq, _parameter);
        }

        public override bool ApproximatelyEquals(OptimizerState other)
            => other is State state && step == state.step && Close(exp_avg, state.exp_avg) && Close(exp_avg_sq, state.exp_avg_sq) && Close(max_exp_avg_sq, state.max_exp_avg_sq);

        long IAdamState.Step
        {
            get => step;
            set => step = value;
        }

        Tensor IAdamState.Mean => exp_avg;

        Tensor IAdamState.Square => exp_avg_sq;

        Tensor? IAdamState.LargestSquare => max_exp_avg_sq;

        public void Dispose()
        {
            exp_avg.Dispose();
            exp_avg_sq.Dispose();
            max_exp_avg_sq?.Dispose();
        }
    }
}
