using FsCheck.Fluent;
using Repro.Core.Models;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Models;

/// <summary>Padding and batch mates never change what a model says of a text.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PaddingProperties
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void Side_amount_and_id_of_padding_never_change_a_score()
    {
        var models = ModelTexts.Architectures.Select(architecture => ScoreModel.Create(TinyModels.Config(architecture), 5)).ToList();
        Check.That(
            "padding never changes a score",
            from text in ModelTexts.Text(12)
            from left in Gen.Choose(0, 6)
            from right in Gen.Choose(0, 6)
            from pad in Gen.Choose(0, 39)
            from model in Gen.Choose(0, models.Count - 1)
            select (text, left, right, pad, model),
            input =>
            {
                using var scope = NewDisposeScope();
                using var ungraded = no_grad();
                var (ids, mask) = ModelTexts.Row(input.text);
                var (padded, paddedMask) = ModelTexts.Row(input.text, input.left, input.right, input.pad);
                var model = models[input.model];
                var score = model.Scores(ids, mask);
                ModelTexts.Distance(model.Scores(padded, paddedMask), score).Should().BeLessThan(Tolerance);
                ModelTexts.Distance(model.TokenScores(padded, paddedMask).narrow(1, input.left, input.text.Length), model.TokenScores(ids, mask)).Should().BeLessThan(Tolerance);
            });
        models.ForEach(model => model.Dispose());
    }

    [Fact]
    public void A_batch_is_each_row_alone()
    {
        var models = ModelTexts.LanguageModels();
        Check.That(
            "batch = each alone",
            from texts in ModelTexts.Texts(5, 9)
            from sides in Gen.ArrayOf(Gen.Elements(true, false), texts.Length)
            from architecture in Gen.Elements(ModelTexts.Architectures)
            select (texts, sides, architecture),
            input =>
            {
                using var scope = NewDisposeScope();
                using var ungraded = no_grad();
                var model = models[input.architecture];
                var longest = input.texts.Max(text => text.Length);
                var rows = input.texts.Zip(input.sides, (text, left) => (Text: text, Left: left ? longest - text.Length : 0)).ToList();
                var padded = rows.Select(row => ModelTexts.Row(row.Text, row.Left, longest - row.Text.Length - row.Left, pad: 7)).ToList();
                var together = model.Logits(cat([.. padded.Select(row => row.Ids)], 0), cat([.. padded.Select(row => row.Mask)], 0));
                for (var i = 0; i < rows.Count; i++)
                {
                    var (ids, mask) = ModelTexts.Row(rows[i].Text);
                    var own = together.narrow(0, i, 1).narrow(1, rows[i].Left, rows[i].Text.Length);
                    ModelTexts.Distance(own, model.Logits(ids, mask)).Should().BeLessThan(Tolerance, Invariant($"row {i}"));
                }
            });
        models.Values.ToList().ForEach(model => model.Dispose());
    }
}
