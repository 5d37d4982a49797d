using System.Text.Json;

namespace Repro.Core.Text.Files;

/// <summary>Reads one entry of <c>added_tokens</c>; all seven members must be there.</summary>
internal static class AddedTokenReader
{
    private static readonly string[] _flags = ["single_word", "lstrip", "rstrip", "normalized", "special"];

    /// <summary>Reads the object that the reader stands on.</summary>
    /// <param name="reader">Stands on the start of the object, afterwards on its end.</param>
    /// <param name="where">Its path in the file.</param>
    public static AddedToken Read(ref Utf8JsonReader reader, string where)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new ReproException($"{where} must be an object.");
        }

        int id = -1;
        string? content = null;
        var flags = new bool?[_flags.Length];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int flag = FlagIndex(ref reader);
            bool isId = reader.ValueTextEquals("id");
            bool isContent = reader.ValueTextEquals("content");
            reader.Read();
            if (flag >= 0 && reader.TokenType is JsonTokenType.True or JsonTokenType.False)
            {
                flags[flag] = reader.GetBoolean();
            }
            else if (isId && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number))
            {
                id = number;
            }
            else if (isContent && reader.TokenType == JsonTokenType.String)
            {
                content = reader.GetString();
            }
            else
            {
                reader.Skip();
            }
        }

        if (id < 0)
        {
            throw new ReproException($"{where}.id must be a whole number from 0 on.");
        }

        if (string.IsNullOrEmpty(content))
        {
            throw new ReproException($"{where}.content must be a string that is not empty.");
        }

        for (int i = 0; i < flags.Length; i++)
        {
            if (flags[i] == null)
            {
                throw new ReproException($"{where}.{_flags[i]} must be true or false.");
            }
        }

        return new AddedToken(id, content, flags[4]!.Value, flags[0]!.Value, flags[1]!.Value, flags[2]!.Value, flags[3]!.Value);
    }

    private static int FlagIndex(ref Utf8JsonReader reader)
    {
        for (int i = 0; i < _flags.Length; i++)
        {
            if (reader.ValueTextEquals(_flags[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
