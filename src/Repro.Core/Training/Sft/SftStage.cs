using Repro.Core.Data.Records;
using Repro.Core.Text;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Shared;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Sft;

/// <summary>Supervised fine-tuning from a file of settings.</summary>
public sealed class SftStage : IStage
{
    /// <inheritdoc/>
    public string Name => "sft";

    /// <inheritdoc/>
    public Type ConfigType => typeof(SftConfig);

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, CancellationToken cancellation)
    {
        var own = (SftConfig)config;
        var streams = new RandomStreams(own.Seed);
        var model = TrainedModel.Load(own.Model, streams);
        try
        {
            var (train, heldOut, _) = Rows(own, model.Tokenizer, cancellation);
            return new SftTrainer(model, train, heldOut, own.Training, own.Optimizer, own.Schedule, streams);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (SftConfig)config;
        var plan = new PlanBuilder();
        var model = plan.Model(own.Model);
        var tokenizer = plan.Tokenizer(own.Model, model);
        if (tokenizer is null || model is null)
        {
            return plan.Build(null, own.Model, 0, null);
        }

        var rows = plan.Look("data", () =>
        {
            var found = Rows(own, tokenizer, cancellation);
            return (found.Train, Invariant($"{found.Train.Count:N0} rows to train on, {found.HeldOut.Count:N0} held out, {found.LeftOut:N0} without anything to learn in their length left out"));
        });
        if (rows is not { Count: > 0 })
        {
            return plan.Build(null, own.Model, 0, null);
        }

        var (mean, longest) = StageData.Lengths(plan, rows, row => Math.Min(row.Ids.Length, own.Training.MaximumLength ?? int.MaxValue));
        var batch = own.Training.Batch;
        var steps = (long)Math.Ceiling((double)rows.Count / batch.Rows) * own.Training.Epochs;
        var parallel = Math.Min(batch.MicroRows ?? batch.Rows, batch.Rows);
        return plan.Build(model, own.Model, steps, new Workload(parallel, longest, mean * batch.Rows) { LogitBytes = CostEstimate.Logits(model, own.Model, own.Training.HeadMemory, (long)parallel * longest) });
    }

    // A dialogue whose prompt fills the whole length leaves nothing to learn.
    private static (IReadOnlyList<TokenRow> Train, IReadOnlyList<TokenRow> HeldOut, int LeftOut) Rows(SftConfig own, TextTokenizer tokenizer, CancellationToken cancellation)
    {
        var (train, heldOut) = StageData.Load<Conversation>(own.Data, cancellation);
        var form = new ConversationRows(tokenizer, ChatForms.Template(own.Template), own.Learnt);
        var most = own.Training.MaximumLength ?? int.MaxValue;
        List<TokenRow> Made(IReadOnlyList<Conversation> conversations) =>
            [.. conversations.Select(row => form.Row(row.Messages)).Where(row => row.Part(0, Math.Min(most, row.Ids.Length)).Predictions > 0)];
        var (learnt, held) = (Made(train), Made(heldOut));
        return (learnt, held, train.Count + heldOut.Count - learnt.Count - held.Count);
    }
}
