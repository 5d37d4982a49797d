using System.Buffers;
using System.Text.Json;
using Repro.Core.Text.Bpe;

namespace Repro.Core.Text.Files;

/// <summary>Reads vocabularies, merges and added tokens as streams: counted first, then read into tables of just that size.</summary>
internal static class VocabularyReader
{
    /// <summary>Ids may reach this far beyond twice the number of tokens.</summary>
    private const int IdSlack = 65536;

    /// <summary>Reads an object of token to id.</summary>
    /// <param name="json">The object.</param>
    /// <param name="where">Its path in the file.</param>
    public static TokenTable ReadVocabulary(ReadOnlySpan<byte> json, string where)
    {
        if (json.IsEmpty || json[0] != '{')
        {
            throw new ReproException($"{where} must be an object of token to id.");
        }

        int count = 0;
        int highest = -1;
        Utf8JsonReader reader = JsonSections.Reader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id < 0)
            {
                throw new ReproException($"{where}: entry {count} must have a whole number from 0 on as its id.");
            }

            highest = Math.Max(highest, id);
            count++;
        }

        if (highest > (2L * count) + IdSlack)
        {
            throw new ReproException($"{where}: id {highest} is too high for a vocabulary of {count} tokens.");
        }

        var table = new TokenTable(count, highest + 1);
        reader = JsonSections.Reader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string token = reader.GetString()!;
            reader.Read();
            int id = reader.GetInt32();
            if (!table.TryAdd(token, id))
            {
                throw new ReproException($"{where}: token '{Shorten(token)}' or id {id} stands there twice.");
            }
        }

        return table;
    }

    /// <summary>Reads an array of merges, each "left right" or ["left", "right"].</summary>
    /// <param name="json">The array.</param>
    /// <param name="where">Its path in the file.</param>
    /// <param name="vocabulary">Tokens that the merges may name.</param>
    public static MergeTable ReadMerges(ReadOnlySpan<byte> json, string where, TokenTable vocabulary)
    {
        if (json.IsEmpty || json[0] != '[')
        {
            throw new ReproException($"{where} must be an array of pairs of tokens.");
        }

        int count = 0;
        Utf8JsonReader reader = JsonSections.Reader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            reader.Skip();
            count++;
        }

        // Two tokens of the vocabulary and what they make, or nothing that could match.
        int longest = vocabulary.LongestToken;
        char[] buffer = ArrayPool<char>.Shared.Rent(Math.Max(16, (12 * longest) + 16));
        var merges = new MergeTable(count);
        reader = JsonSections.Reader(json);
        reader.Read();
        for (int rank = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; rank++)
        {
            int space = ReadPair(ref reader, buffer, longest, out int length);
            Span<char> pair = buffer.AsSpan(0, length);
            if (space <= 0
                || !vocabulary.TryGetId(pair[..space], out int left)
                || !vocabulary.TryGetId(pair[(space + 1)..], out int right)
                || !TryJoin(vocabulary, pair, space, out int result))
            {
                throw new ReproException($"{where}[{rank}] must join two tokens of the vocabulary to a third.");
            }

            merges.Add(left, right, result);
        }

        ArrayPool<char>.Shared.Return(buffer);
        return merges;
    }

    /// <summary>Reads the array of added tokens.</summary>
    /// <param name="json">The array, or nothing.</param>
    /// <param name="where">Its path in the file.</param>
    /// <param name="vocabulary">The model's tokens; an added token that is among them must have their id.</param>
    public static List<AddedToken> ReadAddedTokens(ReadOnlySpan<byte> json, string where, TokenTable vocabulary)
    {
        var tokens = new List<AddedToken>();
        if (json.IsEmpty)
        {
            return tokens;
        }

        if (json[0] != '[')
        {
            throw new ReproException($"{where} must be an array.");
        }

        var contents = new HashSet<string>(StringComparer.Ordinal);
        var ids = new HashSet<int>();
        Utf8JsonReader reader = JsonSections.Reader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            AddedToken token = AddedTokenReader.Read(ref reader, $"{where}[{tokens.Count}]");
            bool known = vocabulary.TryGetId(token.Content, out int id);
            string? other = vocabulary.TokenOf(token.Id);
            if ((known && id != token.Id) || (other != null && !known) || !contents.Add(token.Content) || !ids.Add(token.Id))
            {
                throw new ReproException(
                    $"{where}[{tokens.Count}]: '{Shorten(token.Content)}' has id {token.Id}, but the token or the id is taken already.");
            }

            tokens.Add(token);
        }

        return tokens;
    }

    private static string Shorten(string token) => token.Length <= 40 ? token : token[..40] + "...";

    // Position of the separator in the pair, or -1.
    private static int ReadPair(ref Utf8JsonReader reader, char[] buffer, int longest, out int length)
    {
        length = 0;
        if (reader.TokenType == JsonTokenType.String && Fits(ref reader, buffer.Length))
        {
            length = reader.CopyString(buffer);
            int space = buffer.AsSpan(0, length).IndexOf(' ');
            return buffer.AsSpan(0, length).LastIndexOf(' ') == space ? space : -1;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return -1;
        }

        int separator = -1;
        for (int part = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; part++)
        {
            if (part > 1 || reader.TokenType != JsonTokenType.String || !Fits(ref reader, 6 * longest))
            {
                return -1;
            }

            length += reader.CopyString(buffer.AsSpan(length));
            if (part == 0)
            {
                separator = length;
                buffer[length++] = ' ';
            }
        }

        return separator + 1 < length ? separator : -1;
    }

    private static bool Fits(ref Utf8JsonReader reader, int room) => reader.ValueSpan.Length <= room;

    private static bool TryJoin(TokenTable vocabulary, Span<char> pair, int space, out int result)
    {
        pair[(space + 1)..].CopyTo(pair[space..]);
        return vocabulary.TryGetId(pair[..^1], out result);
    }
}
