using System.Text;

namespace Repro.Core.Tokenization;

/// <summary>How to train a byte-level BPE tokenizer.</summary>
/// <param name="VocabularySize">Tokens to stop at, 256 bytes and special tokens included.</param>
/// <param name="Pattern">Regular expression by which text is cut, such as <see cref="PreTokenizerPatterns.Qwen2"/>.</param>
/// <param name="MinimumCount">Pairs that occur less often are not merged; 1 merges all there are.</param>
/// <param name="NormalizeNfc">Normalize text to form C first, as Qwen2 does.</param>
public sealed record BpeTrainerOptions(
    int VocabularySize, string Pattern = PreTokenizerPatterns.Qwen2, int MinimumCount = 1, bool NormalizeNfc = false)
{
    /// <summary>Special tokens, whose ids follow those of the merges.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Token that <see cref="SpecialTokenIds.Begin"/> names and that goes in front of every text, or null.</summary>
    public string? BeginToken { get; init; }

    /// <summary>Token that <see cref="SpecialTokenIds.End"/> names, or null.</summary>
    public string? EndToken { get; init; }

    /// <summary>Token that <see cref="SpecialTokenIds.Pad"/> names, or null.</summary>
    public string? PadToken { get; init; }
}

/// <summary>A merge that training has learned.</summary>
/// <param name="Left">Left token in the byte alphabet.</param>
/// <param name="Right">Right token.</param>
/// <param name="Count">How often the pair stood in the corpus when it was merged; overlapping pairs count each.</param>
public readonly record struct LearnedMerge(string Left, string Right, long Count);

/// <summary>
/// Trains byte-level BPE: the most frequent pair first; of equal counts the pair of smaller (left id, right id), where ids are the 256
/// characters of the byte alphabet in order of code point and then the merges in order. A merge whose token exists already takes its id.
/// </summary>
public static class BpeTrainer
{
    /// <summary>Learns merges.</summary>
    /// <param name="lines">Corpus; each line is cut for itself, so keep its line break if it has one.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The merges in order; fewer than asked for where no pair is left.</returns>
    /// <exception cref="ReproException">The vocabulary has no room for 256 bytes and the special tokens, or the pattern is
    /// wrong.</exception>
    public static IReadOnlyList<LearnedMerge> LearnMerges(
        IEnumerable<string> lines, BpeTrainerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(lines);
        ArgumentNullException.ThrowIfNull(options);
        return CreateCorpus(lines, options, cancellationToken).Learn(Room(options), options.MinimumCount, cancellationToken);
    }

    /// <summary>Trains a tokenizer, ready for use and for <see cref="TokenizerWriter"/>.</summary>
    /// <param name="lines">As in <see cref="LearnMerges"/>.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ReproException">As in <see cref="LearnMerges"/>; or a special token that is empty, twice there or not among the
    /// special ones.</exception>
    public static BpeTextTokenizer Train(
        IEnumerable<string> lines, BpeTrainerOptions options, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<LearnedMerge> merges = LearnMerges(lines, options, cancellationToken);
        var vocabulary = TrainingCorpus.Alphabet.Concat(merges.Select(merge => merge.Left + merge.Right)).Distinct(StringComparer.Ordinal)
            .Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id, StringComparer.Ordinal);
        Dictionary<string, int> specials = Specials(options, vocabulary);
        int? begin = Named(options.BeginToken);
        byte[] json = TokenizerWriter.Serialize(new
        {
            version = "1.0",
            truncation = (object?)null,
            padding = (object?)null,
            added_tokens = specials.Select(token =>
                new
                {
                    id = token.Value,
                    content = token.Key,
                    single_word = false,
                    lstrip = false,
                    rstrip = false,
                    normalized = false,
                    special = true,
                }),
            normalizer = options.NormalizeNfc ? new { type = "NFC" } : null,
            pre_tokenizer = new
            {
                type = "Sequence",
                pretokenizers = (object[])[
                    new { type = "Split", pattern = new { Regex = options.Pattern }, behavior = "Isolated", invert = false },
                    new { type = "ByteLevel", add_prefix_space = false, trim_offsets = false, use_regex = false }],
            },
            post_processor = begin is { } id ? Template(options.BeginToken!, id) : null,
            decoder = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = false, use_regex = false },
            model = new
            {
                type = "BPE",
                dropout = (object?)null,
                unk_token = (string?)null,
                continuing_subword_prefix = (string?)null,
                end_of_word_suffix = (string?)null,
                fuse_unk = false,
                byte_fallback = false,
                ignore_merges = false,
                vocab = vocabulary,
                merges = merges.Select(merge => (string[])[merge.Left, merge.Right]),
            },
        });
        BpeTextTokenizer tokenizer = TokenizerLoader.ReadTokenizerJson(json);
        tokenizer.Specials = new SpecialTokenIds(begin, Named(options.EndToken), Named(options.PadToken));
        return tokenizer;

        int? Named(string? token) => token == null
            ? null
            : specials.TryGetValue(token, out int known) ? known : throw new ReproException($"'{token}' is not among the special tokens.");
    }

    // One token in front of the text.
    private static object Template(string token, int id)
    {
        object special = new { SpecialToken = new { id = token, type_id = 0 } };
        object first = new { Sequence = new { id = "A", type_id = 0 } };
        object second = new { Sequence = new { id = "B", type_id = 1 } };
        return new
        {
            type = "TemplateProcessing",
            single = (object[])[special, first],
            pair = (object[])[special, first, special, second],
            special_tokens = new Dictionary<string, object> { [token] = new { id = token, ids = (int[])[id], tokens = (string[])[token] } },
        };
    }

    private static Dictionary<string, int> Specials(BpeTrainerOptions options, Dictionary<string, int> vocabulary)
    {
        var specials = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string token in options.SpecialTokens)
        {
            if (string.IsNullOrEmpty(token) || vocabulary.ContainsKey(token) || !specials.TryAdd(token, vocabulary.Count + specials.Count))
            {
                throw new ReproException($"Special token '{token}' is empty, stands there twice or is a token of the vocabulary.");
            }
        }

        return specials;
    }

    private static int Room(BpeTrainerOptions options)
    {
        int room = options.VocabularySize - TrainingCorpus.Alphabet.Count - options.SpecialTokens.Count;
        return room >= 0
            ? room
            : throw new ReproException(
                Invariant($"A vocabulary of {options.VocabularySize} has no room for 256 bytes and ")
                    + Invariant($"{options.SpecialTokens.Count} special tokens."));
    }

    private static TrainingCorpus CreateCorpus(IEnumerable<string> lines, BpeTrainerOptions options, CancellationToken cancellationToken)
    {
        var splitter = new SplitStep(options.Pattern, SplitBehavior.Isolated, invert: false);
        NfcNormalizer? normalizer = options.NormalizeNfc ? new NfcNormalizer() : null;
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var pieces = new List<(int Start, int End)>();
        foreach (string line in lines)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string text = CodePoints.Scrub(line);
            text = normalizer?.Apply(text) ?? text;
            pieces.Clear();
            splitter.Cut(text, 0, text.Length, pieces);
            foreach ((int start, int end) in pieces)
            {
                string word = text[start..end];
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        return new TrainingCorpus(counts);
    }
}

/// <summary>Words of a corpus as symbols, with the count of every pair kept up to date from merge to merge.</summary>
internal sealed class TrainingCorpus
{
    private readonly List<int[]> _words = [];
    private readonly List<long> _counts = [];
    private readonly List<string> _tokens = [.. Alphabet];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Left, int Right), long> _pairs = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _places = [];
    private readonly PriorityQueue<(int Left, int Right), (long Count, int Left, int Right)> _queue = new();

    /// <summary>A corpus.</summary>
    /// <param name="words">How often each word occurs.</param>
    public TrainingCorpus(IReadOnlyDictionary<string, long> words)
    {
        for (int id = 0; id < _tokens.Count; id++)
        {
            _ids.Add(_tokens[id], id);
        }

        foreach ((string word, long count) in words)
        {
            int[] symbols = [.. Encoding.UTF8.GetBytes(word).Select(value => _ids[ByteAlphabet.ToChar(value).ToString()])];
            for (int i = 0; i + 1 < symbols.Length; i++)
            {
                Change((symbols[i], symbols[i + 1]), count, _words.Count);
            }

            _words.Add(symbols);
            _counts.Add(count);
        }
    }

    /// <summary>The 256 characters of the byte alphabet in order of code point.</summary>
    public static IReadOnlyList<string> Alphabet { get; } =
        [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.ToChar((byte)value)).Order().Select(c => c.ToString())];

    /// <summary>Learns merges until <paramref name="room"/> new tokens are there or no pair is left.</summary>
    /// <remarks>A merge whose token exists already takes no room.</remarks>
    public List<LearnedMerge> Learn(int room, long minimumCount, CancellationToken cancellationToken)
    {
        var merges = new List<LearnedMerge>();
        foreach ((int Left, int Right) pair in _pairs.Keys)
        {
            Offer(pair);
        }

        int limit = _tokens.Count + room;
        while (_tokens.Count < limit && _queue.TryDequeue(out (int Left, int Right) pair, out (long Count, int Left, int Right) priority))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long count = _pairs.GetValueOrDefault(pair);
            if (count != -priority.Count)
            {
                // The count has changed since; the pair goes back with the count it has now.
                Offer(pair);
                continue;
            }

            if (count < Math.Max(1, minimumCount))
            {
                break;
            }

            merges.Add(new LearnedMerge(_tokens[pair.Left], _tokens[pair.Right], count));
            Merge(pair, IdOf(_tokens[pair.Left] + _tokens[pair.Right]));
        }

        return merges;
    }

    private int IdOf(string token)
    {
        if (!_ids.TryGetValue(token, out int id))
        {
            id = _tokens.Count;
            _tokens.Add(token);
            _ids.Add(token, id);
        }

        return id;
    }

    private void Offer((int Left, int Right) pair)
    {
        long count = _pairs.GetValueOrDefault(pair);
        if (count > 0)
        {
            _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
        }
    }

    private void Merge((int Left, int Right) pair, int result)
    {
        var touched = new HashSet<(int Left, int Right)>();
        int[] places = [.. _places[pair]];
        foreach (int index in places)
        {
            int[] before = _words[index];
            int[] after = Replace(before, pair, result);
            if (after.Length == before.Length)
            {
                continue;
            }

            long count = _counts[index];
            for (int i = 0; i + 1 < before.Length; i++)
            {
                Change((before[i], before[i + 1]), -count, index);
            }

            for (int i = 0; i + 1 < after.Length; i++)
            {
                (int Left, int Right) neighbours = (after[i], after[i + 1]);
                Change(neighbours, count, index);
                if (after[i] == result || after[i + 1] == result)
                {
                    touched.Add(neighbours);
                }
            }

            _words[index] = after;
        }

        _places.Remove(pair);
        foreach ((int Left, int Right) neighbours in touched)
        {
            Offer(neighbours);
        }
    }

    private static int[] Replace(int[] word, (int Left, int Right) pair, int result)
    {
        var output = new List<int>(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            if (i + 1 < word.Length && word[i] == pair.Left && word[i + 1] == pair.Right)
            {
                output.Add(result);
                i++;
            }
            else
            {
                output.Add(word[i]);
            }
        }

        return [.. output];
    }

    private void Change((int Left, int Right) pair, long count, int word)
    {
        _pairs[pair] = _pairs.GetValueOrDefault(pair) + count;
        if (count > 0)
        {
            if (!_places.TryGetValue(pair, out HashSet<int>? places))
            {
                _places.Add(pair, places = []);
            }

            places.Add(word);
        }
    }
}
