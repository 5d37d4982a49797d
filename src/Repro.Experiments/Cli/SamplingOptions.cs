using System.CommandLine;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;

namespace Repro.Experiments.Cli;

/// <summary>How a verb chooses tokens.</summary>
internal sealed class SamplingOptions
{
    private const string KeepAll = "leave the option out to keep all tokens";

    private readonly Option<int> _tokens = new Option<int>("--max-new-tokens")
    {
        Description = "Most new tokens.",
        DefaultValueFactory = _ => 256,
    }.Limit(new AtLeastAttribute(1));

    private readonly Option<double> _temperature = new Option<double>("--temperature")
    {
        Description = "Divides the logits; 0 takes the best token.",
        DefaultValueFactory = _ => 1,
    }.Limit(new AtLeastAttribute(0));

    private readonly Option<double?> _topP = new Option<double?>("--top-p")
    {
        Description = "Keeps the smallest set of tokens that reaches this probability.",
    }.Limit(new WithinAttribute(0, 1) { AboveMinimum = true, Instead = KeepAll });

    private readonly Option<int?> _topK = new Option<int?>("--top-k") { Description = "Keeps the k best tokens." }
        .Limit(new AtLeastAttribute(1) { Instead = KeepAll });

    private readonly Option<long> _seed = new Option<long>("--seed") { Description = "Seed of the draws.", DefaultValueFactory = _ => 0 }
        .Limit(null);

    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "Token that ends a response; may be repeated. Default: those of the model.",
    };

    private bool _hasSaidShorter;

    internal void AddTo(Command command)
    {
        foreach (var option in new Option[] { _tokens, _temperature, _topP, _topK, _seed, _stop })
        {
            command.Add(option);
        }
    }

    /// <summary>How responses are drawn, to stand beside each: without <c>top_p</c> 1 and without <c>top_k</c> 0 keep all tokens.</summary>
    internal JsonObject Record(ParseResult arguments) => new()
    {
        ["temperature"] = arguments.GetValue(_temperature),
        ["top_p"] = arguments.GetValue(_topP) ?? 1,
        ["top_k"] = arguments.GetValue(_topK) ?? 0,
        ["max_new_tokens"] = arguments.GetValue(_tokens),
        ["seed"] = arguments.GetValue(_seed),
    };

    internal RandomStreams Streams(ParseResult arguments) => new(arguments.GetValue(_seed));

    /// <summary>What was asked for, for a model and its tokenizer.</summary>
    /// <exception cref="ReproException">The tokenizer has no token of <c>--stop</c>.</exception>
    internal GenerationSettings Settings(ParseResult arguments, TextTokenizer tokenizer, ModelConfig config)
    {
        var heat = arguments.GetValue(_temperature);
        return new GenerationSettings
        {
            MaxNewTokens = arguments.GetValue(_tokens),
            Sample = heat > 0,
            Temperature = heat > 0 ? heat : 1,
            TopP = arguments.GetValue(_topP),
            TopK = arguments.GetValue(_topK),
            StopTokens = arguments.GetValue(_stop) is { Length: > 0 } named
                ? [.. named.Select(token =>
                    tokenizer.IdOf(token) ?? throw new ReproException($"--stop {token}: the tokenizer has no such token"))]
                : config.EndTokens,
            PadToken = tokenizer.Specials.Pad ?? config.PadToken ?? 0,
        };
    }

    /// <summary>How many tokens a response to a prompt of some length may have: no more than asked for, nor than the model has positions
    /// for.</summary>
    internal static int Room(ModelConfig config, GenerationSettings settings, int prompt) =>
        (int)Math.Min(settings.MaxNewTokens, Math.Max(1, config.LongestText - prompt));

    /// <summary>The settings with no more new tokens than the model has positions after the longest prompt; where that is fewer than asked
    /// for, it is said once.</summary>
    internal GenerationSettings Within(ModelConfig config, GenerationSettings settings, int longestPrompt, TextWriter error)
    {
        var room = Room(config, settings, longestPrompt);
        if (room == settings.MaxNewTokens)
        {
            return settings;
        }

        if (!_hasSaidShorter)
        {
            _hasSaidShorter = true;
            error.WriteLine(Invariant(
                $"note: {_tokens.Name} {settings.MaxNewTokens} is cut to {room}: the model has {config.LongestText} positions, ")
                + Invariant($"the prompt takes {longestPrompt}"));
        }

        return settings with { MaxNewTokens = room };
    }
}
