using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Shared;
using static TorchSharp.torch;

namespace Repro.Core.Training.RejectionSampling;

/// <summary>The way back through accepted responses.</summary>
internal sealed class RejectionSamplingPass(PolicyModels models, TrainedModel trained, RolloutBatch batch, Tensor kept, RejectionSamplingSettings settings, long pad)
{
    /// <summary>Adds the gradients of some rows, as their share of all accepted ones.</summary>
    /// <returns>Their share of the loss.</returns>
    internal double Backward(IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        using var tokens = RolloutTokens.Of([.. rows.Select(row => batch.Rollouts[row])], pad, models.Model.Device);
        var (ids, mask) = tokens.Inputs();
        var vocabulary = batch.Kept is null ? null : batch.Tokens.Pick(batch.Kept, rows);
        var pass = new ResponsePass(models.Model, settings.Sampler);
        var reference = ReferenceLogits(tokens, ids, mask, vocabulary);
        var own = tokens.Spread(batch.Tokens.Flat(kept.to(ScalarType.Int64), rows));
        using var use = models.UsePolicy();
        var loss = trained.Backward(ids, mask, hidden =>
        {
            var logits = pass.Logits(tokens.Predicting(hidden), vocabulary);
            var logProbs = tokens.Spread(ResponsePass.LogProbs(logits, tokens.Targets));
            var divergence = tokens.Spread(KlDivergence.Full(logits, reference));
            return AdaptiveLoss.RejectionSampling(logProbs, divergence, tokens.Mask, own, settings.Beta) * ((double)rows.Count / batch.Tokens.Count);
        }, first: tokens.First);
        return loss.to(ScalarType.Float64).item<double>();
    }

    private Tensor ReferenceLogits(RolloutTokens tokens, Tensor ids, Tensor mask, Tensor? vocabulary)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var mode = new EvaluationMode(models.ReferenceModel);
        using var use = models.UseReference();
        var predicting = tokens.Predicting(models.ReferenceModel.Hidden(ids, mask, first: tokens.First));
        return new ResponsePass(models.ReferenceModel, settings.Sampler).Logits(predicting, vocabulary).MoveToOuterDisposeScope();
    }
}
