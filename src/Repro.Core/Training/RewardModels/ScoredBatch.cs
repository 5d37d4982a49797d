using Repro.Core.Data.Collation;
using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>Texts as one padded batch with the places to score. Its tensors belong to the dispose scope in which it is made.</summary>
internal sealed class ScoredBatch
{
    private readonly IReadOnlyList<ScoredText> _texts;
    private readonly Tensor _places;

    internal ScoredBatch(IReadOnlyList<ScoredText> texts, PaddingSettings padding, Device device)
    {
        _texts = texts;
        var batch = PaddedBatch.Of([.. texts.Select(text => text.Ids)], padding);
        (Ids, Mask) = (batch.IdTensor(device), batch.MaskTensor(device));
        var width = texts.Max(text => text.Places.Length);
        var places = new long[texts.Count * width];
        var counted = new bool[texts.Count * width];
        for (var row = 0; row < texts.Count; row++)
        {
            for (var i = 0; i < texts[row].Places.Length; i++)
            {
                places[(row * width) + i] = texts[row].Places[i];
                counted[(row * width) + i] = true;
            }
        }

        _places = tensor(places, [texts.Count, width], device: device);
        Counted = tensor(counted, [texts.Count, width], device: device);
    }

    /// <summary>[texts, time], int64, padded behind.</summary>
    internal Tensor Ids { get; }

    /// <summary>[texts, time], bool.</summary>
    internal Tensor Mask { get; }

    /// <summary>True where a text has such a place, [texts, places], bool.</summary>
    internal Tensor Counted { get; }

    /// <summary>The outputs at the places; meaningless where <see cref="Counted"/> is false.</summary>
    /// <returns>[texts, places].</returns>
    internal Tensor Scores(ScoreHead head, Tensor hidden) => head.ScoresAt(hidden, _places).squeeze(2);

    /// <summary>The outputs of each text by itself.</summary>
    internal List<double[]> Read(Tensor scores)
    {
        using var scope = NewDisposeScope();
        var width = (int)scores.shape[1];
        var values = scores.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        return [.. _texts.Select((text, row) => values[(row * width)..((row * width) + text.Places.Length)])];
    }
}
