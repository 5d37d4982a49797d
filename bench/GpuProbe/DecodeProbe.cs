using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.GpuProbe;

/// <summary>Times generation with the key-value cache. The first tokens, which carry the prompt, are taken off by a second, shorter
/// run.</summary>
internal static class DecodeProbe
{
    private const int Short = 4;

    internal static DecodeFigures Measure(LanguageModel model, int rows, ProbeOptions options)
    {
        var clock = new Clock(model.Device);
        using var generator = new Generator(5);
        using var ids = randint(0, model.Config.VocabularySize, [(long)rows, options.Prompt], generator: generator).AndMove(model.Device);
        using var mask = ones_like(ids);
        double Seconds(int count, bool sample) => clock.Seconds(() => TextGenerator.Generate(
            model, ids, mask, new GenerationSettings { MaxNewTokens = count, Sample = sample, TopP = sample ? 0.95 : null, Seed = 1 }));
        double Rate(bool sample)
        {
            Seconds(Short + options.New, sample);
            var brief = Seconds(Short, sample);
            return rows * (double)options.New / (Seconds(Short + options.New, sample) - brief);
        }

        var (greedy, sampled) = (Rate(false), Rate(true));
        return new DecodeFigures(rows, options.Prompt, options.New, Seconds(Short, false), greedy, sampled);
    }

    private static Tensor AndMove(this Tensor tensor, Device device)
    {
        using (tensor)
        {
            return tensor.to(device, copy: true);
        }
    }
}
