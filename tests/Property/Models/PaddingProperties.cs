using FsCheck.Xunit;
using Repro.Core.Models;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>Padding and batch mates never change what a model says of a text.</summary>
[Collection(TensorCollection.Name)]
[Properties(Arbitrary = new[] { typeof(ModelTexts) })]
public sealed class PaddingProperties : TensorProperties
{
    private const double Tolerance = 1e-4;

    private readonly Dictionary<ModelArchitecture, LanguageModel> _models;
    private readonly Dictionary<ModelArchitecture, ScoreModel> _scores;

    public PaddingProperties()
    {
        _models = ModelTexts.LanguageModels();
        _scores = _models.Keys.ToDictionary(
            architecture => architecture, architecture => ScoreModel.Create(TinyModels.Config(architecture), 5));
    }

    [Property]
    public void Side_amount_and_id_of_padding_never_change_a_score(PaddedText input)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var (ids, mask) = ModelTexts.Row(input.Ids);
        var (padded, paddedMask) = ModelTexts.Row(input.Ids, input.Left, input.Right, input.Pad);
        var model = _scores[input.Architecture];
        var score = model.Scores(ids, mask);
        ModelTexts.Distance(model.Scores(padded, paddedMask), score).Should().BeLessThan(Tolerance);
        var own = model.TokenScores(padded, paddedMask).narrow(1, input.Left, input.Ids.Length);
        ModelTexts.Distance(own, model.TokenScores(ids, mask)).Should().BeLessThan(Tolerance);
    }

    [Property]
    public void A_batch_is_each_row_alone(TextBatch input)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var model = _models[input.Architecture];
        var longest = input.Texts.Max(text => text.Length);
        var rows = input.Texts.Zip(input.OnTheLeft, (text, left) => (Text: text, Left: left ? longest - text.Length : 0)).ToList();
        var padded = rows.Select(row => ModelTexts.Row(row.Text, row.Left, longest - row.Text.Length - row.Left, pad: 7)).ToList();
        var together = model.Logits(cat([.. padded.Select(row => row.Ids)], 0), cat([.. padded.Select(row => row.Mask)], 0));
        for (var i = 0; i < rows.Count; i++)
        {
            var (ids, mask) = ModelTexts.Row(rows[i].Text);
            var own = together.narrow(0, i, 1).narrow(1, rows[i].Left, rows[i].Text.Length);
            ModelTexts.Distance(own, model.Logits(ids, mask)).Should().BeLessThan(Tolerance, Invariant($"row {i}"));
        }
    }

    protected override void Release()
    {
        _models.Values.ToList().ForEach(model => model.Dispose());
        _scores.Values.ToList().ForEach(model => model.Dispose());
    }
}
