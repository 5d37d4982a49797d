using Repro.Core.Text.Bpe;
using Repro.Core.Text.Decoders;
using Repro.Core.Text.Normalizers;
using Repro.Core.Text.PreTokenizers;
using Repro.Core.Text.Unicode;

namespace Repro.Core.Text;

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
    /// <exception cref="ReproException">The vocabulary has no room for 256 bytes and the special tokens, or the pattern is wrong.</exception>
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
    /// <exception cref="ReproException">As in <see cref="LearnMerges"/>; or a special token that is empty, twice there or not among the special ones.</exception>
    public static BpeTextTokenizer Train(IEnumerable<string> lines, BpeTrainerOptions options, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<LearnedMerge> merges = LearnMerges(lines, options, cancellationToken);
        List<string> tokens = [.. TrainingCorpus.Alphabet];
        var known = new HashSet<string>(tokens, StringComparer.Ordinal);
        tokens.AddRange(merges.Select(merge => merge.Left + merge.Right).Where(known.Add));
        var vocabulary = new TokenTable(tokens.Count, tokens.Count);
        for (int id = 0; id < tokens.Count; id++)
        {
            vocabulary.TryAdd(tokens[id], id);
        }

        var table = new MergeTable(merges.Count);
        foreach (LearnedMerge merge in merges)
        {
            table.Add(Id(merge.Left), Id(merge.Right), Id(merge.Left + merge.Right));
        }

        List<AddedToken> added = Specials(options, vocabulary);
        TextNormalizer? normalizer = options.NormalizeNfc ? new NfcNormalizer() : null;
        var preTokenizer = new SequenceStep([new SplitStep(options.Pattern, false, false), new ByteLevelStep(false, false, false)]);
        int? begin = Named(options.BeginToken);
        return new BpeTextTokenizer(
            new BpeModel(vocabulary, table, new BpeModelOptions(), byteLevel: true),
            new AddedVocabulary(added, normalizer),
            normalizer,
            preTokenizer,
            begin == null ? PostProcessor.None : PostProcessor.Begin(options.BeginToken!, begin.Value),
            new ByteLevelDecoder(false, false, false))
        {
            Specials = new SpecialTokenIds(begin, Named(options.EndToken), Named(options.PadToken)),
        };

        int Id(string token) => vocabulary.TryGetId(token, out int id) ? id : throw new InvalidOperationException($"'{token}' was not learned.");

        int? Named(string? token) => token == null
            ? null
            : added.Find(one => one.Content == token)?.Id ?? throw new ReproException($"'{token}' is not among the special tokens.");
    }

    private static List<AddedToken> Specials(BpeTrainerOptions options, TokenTable vocabulary)
    {
        var added = new List<AddedToken>();
        foreach (string token in options.SpecialTokens)
        {
            if (string.IsNullOrEmpty(token) || vocabulary.TryGetId(token, out _) || added.Exists(one => one.Content == token))
            {
                throw new ReproException($"Special token '{token}' is empty, stands there twice or is a token of the vocabulary.");
            }

            added.Add(new AddedToken(vocabulary.Count + added.Count, token));
        }

        return added;
    }

    private static int Room(BpeTrainerOptions options)
    {
        int room = options.VocabularySize - TrainingCorpus.Alphabet.Count - options.SpecialTokens.Count;
        return room >= 0
            ? room
            : throw new ReproException(
                $"A vocabulary of {options.VocabularySize} has no room for 256 bytes and {options.SpecialTokens.Count} special tokens.");
    }

    private static TrainingCorpus CreateCorpus(IEnumerable<string> lines, BpeTrainerOptions options, CancellationToken cancellationToken)
    {
        var splitter = new SplitStep(options.Pattern, removed: false, invert: false);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var pieces = new List<(int Start, int End)>();
        foreach (string line in lines)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string text = CodePoints.Scrub(line);
            text = options.NormalizeNfc ? CanonicalComposition.ToFormC(text) : text;
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
