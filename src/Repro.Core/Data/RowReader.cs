using System.Text.Unicode;

namespace Repro.Core.Data;

/// <summary>
/// Cuts a file into its rows without holding more than one of them: the lines of JSON lines, or the elements of one JSON array. The content
/// decides which it is, and whether it is compressed with gzip or zstd. Plain text is cut into its lines.
/// </summary>
internal sealed class RowReader : IDisposable
{
    /// <summary>A row longer than this is taken for a broken file.</summary>
    internal const int LongestRow = 64 * 1024 * 1024;

    private readonly string _path;
    private readonly bool _plainText;
    private readonly Stream _stream;
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _nextLine = 1;
    private bool _ended;
    private bool? _isArray;
    private bool _arrayClosed;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plainText">Whether every line is a row as it is, empty ones and leading spaces included.</param>
    /// <exception cref="ReproException">It is not there, cannot be read, or is called .gz or .zst and is not compressed so.</exception>
    internal RowReader(string path, bool plainText = false)
    {
        (_path, _plainText) = (path, plainText);
        _stream = DataStream.Open(path);
    }

    /// <summary>The row, until the next call of <see cref="Read"/>.</summary>
    internal ReadOnlyMemory<byte> Row { get; private set; }

    /// <summary>Line of the file on which the row begins, from 1.</summary>
    internal long Line { get; private set; }

    /// <summary>Bytes of the file that may be in memory.</summary>
    internal int Held => _buffer.Length;

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="ReproException">The file is damaged; the message names the line.</exception>
    internal bool Read()
    {
        var isArray = _isArray ??= Begin();
        if (isArray ? !ReadElement() : !ReadLine())
        {
            return false;
        }

        return Utf8.IsValid(Row.Span) ? true : throw Fault(Line, "is not valid UTF-8");
    }

    internal ReproException Fault(long line, string problem, Exception? cause = null)
    {
        var message = Invariant($"{_path}:{line}: {problem}.");
        return cause is null ? new ReproException(message) : new ReproException(message, cause);
    }

    private bool Begin()
    {
        Fill();
        while (_end < 3 && Fill())
        {
        }

        if (_buffer.AsSpan(0, _end).StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            _start = 3;
        }

        if (_plainText)
        {
            return false;
        }

        SkipSpace();
        if (_start == _end || _buffer[_start] != (byte)'[')
        {
            return false;
        }

        _start++;
        return true;
    }

    private bool ReadLine()
    {
        while (_plainText ? _start < _end || Fill() : SkipSpace())
        {
            var length = 0;
            int found;
            while ((found = _buffer.AsSpan(_start + length, _end - _start - length).IndexOf((byte)'\n')) < 0)
            {
                length = _end - _start;
                if (!Fill())
                {
                    break;
                }
            }

            Take(found < 0 ? length : length + found);
            if (_plainText && found >= 0)
            {
                _start++;
                _nextLine++;
            }

            return true;
        }

        return false;
    }

    private bool ReadElement()
    {
        if (_arrayClosed)
        {
            return false;
        }

        if (!SkipSpace())
        {
            throw CutOff();
        }

        if (Line == 0 && _buffer[_start] == (byte)']')
        {
            return CloseArray();
        }

        Take(ElementLength());
        if (!SkipSpace())
        {
            // The row itself may be whole; it is the array that is not.
            throw CutOff();
        }

        switch (_buffer[_start])
        {
            case (byte)',':
                // Row points into the buffer, which moves on reading only.
                _start++;
                return true;
            case (byte)']':
                CloseArray();
                return true;
            default:
                throw Fault(_nextLine, "a comma or the end of the array was expected after the row");
        }
    }

    private bool CloseArray()
    {
        _start++;
        _arrayClosed = true;
        return SkipSpace() ? throw Fault(_nextLine, "there is more after the end of the array") : false;
    }

    // Bytes of the value at _start: braces, brackets and strings are followed; whether it is JSON is for the parser to say.
    private int ElementLength()
    {
        var depth = 0;
        var inString = false;
        for (var length = 0; ; length++)
        {
            if (_start + length == _end && !Fill())
            {
                throw CutOff();
            }

            var unit = _buffer[_start + length];
            if (inString)
            {
                if (unit == (byte)'\\')
                {
                    length++;
                    if (_start + length == _end && !Fill())
                    {
                        throw CutOff();
                    }
                }

                inString = unit != (byte)'"';
                continue;
            }

            switch (unit)
            {
                case (byte)'"':
                    inString = true;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)',' or (byte)']' when depth == 0:
                    return length;
                case (byte)'}' or (byte)']':
                    depth--;
                    break;
            }
        }
    }

    private ReproException CutOff() => Fault(_nextLine, "the file ends inside the JSON array that it begins with; it looks cut off");

    // Makes the next bytes the row, without the white space after it, and counts the lines in them.
    private void Take(int length)
    {
        Line = _nextLine;
        var bytes = _buffer.AsMemory(_start, length);
        _nextLine += bytes.Span.Count((byte)'\n');
        _start += length;
        while (bytes.Length > 0 && (_plainText ? bytes.Span[^1] == (byte)'\r' : IsSpace(bytes.Span[^1])))
        {
            bytes = bytes[..^1];
        }

        Row = bytes;
    }

    // False where nothing follows.
    private bool SkipSpace()
    {
        while (true)
        {
            for (; _start < _end; _start++)
            {
                if (!IsSpace(_buffer[_start]))
                {
                    return true;
                }

                _nextLine += _buffer[_start] == (byte)'\n' ? 1 : 0;
            }

            if (!Fill())
            {
                return false;
            }
        }
    }

    private static bool IsSpace(byte unit) => unit is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    // Adds bytes after _end; false at the end of the file. Moves what is left to the front, or enlarges the buffer.
    private bool Fill()
    {
        if (_ended)
        {
            return false;
        }

        if (_end == _buffer.Length)
        {
            Enlarge();
        }

        try
        {
            var count = _stream.Read(_buffer, _end, _buffer.Length - _end);
            RequireText(_buffer.AsSpan(_end, count));
            _end += count;
            _ended = count == 0;
            return count > 0;
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            var line = _nextLine + _buffer.AsSpan(_start, _end - _start).Count((byte)'\n');
            throw Fault(line, $"the file is damaged or cut off here: {failure.Message.TrimEnd('.')}", failure);
        }
    }

    // Neither JSON nor text has NUL bytes: such a file is of another kind, or was never written to the end.
    private void RequireText(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf((byte)0) is >= 0 and var place)
        {
            var line = _nextLine + _buffer.AsSpan(_start, _end - _start).Count((byte)'\n') + bytes[..place].Count((byte)'\n');
            throw Fault(line, "a NUL byte stands here; text in UTF-8 was expected");
        }
    }

    private void Enlarge()
    {
        var kept = _end - _start;
        if (kept >= LongestRow)
        {
            throw Fault(_nextLine, $"a row of more than {LongestRow} bytes begins here");
        }

        // A fresh array: the row that was handed out last may still be read.
        var next = new byte[kept > _buffer.Length / 2 ? Math.Min(_buffer.Length * 2, LongestRow) : _buffer.Length];
        _buffer.AsSpan(_start, kept).CopyTo(next);
        (_buffer, _start, _end) = (next, 0, kept);
    }
}
