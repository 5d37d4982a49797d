using Google.Protobuf;

namespace Repro.Core.Training.Runs.TensorBoard;

/// <summary>One event of a TensorBoard file: the version of the format, or scalars of a step.</summary>
/// <param name="WallTime">Seconds since 1970.</param>
/// <param name="Step">The step.</param>
/// <param name="FileVersion">Set in the first event of a file only.</param>
/// <param name="Scalars">Values by tag.</param>
internal sealed record TensorBoardEvent(double WallTime, long Step, string? FileVersion, IReadOnlyDictionary<string, float> Scalars)
{
    // Numbers of fields in the messages Event, Summary and Summary.Value of TensorFlow's event.proto and summary.proto.
    private const int WallTimeField = 1;
    private const int StepField = 2;
    private const int FileVersionField = 3;
    private const int SummaryField = 5;
    private const int ValueField = 1;
    private const int TagField = 1;
    private const int SimpleValueField = 2;

    /// <summary>The message in protobuf's wire format.</summary>
    internal byte[] ToBytes() => Message(output =>
    {
        output.WriteTag(WallTimeField, WireFormat.WireType.Fixed64);
        output.WriteDouble(WallTime);
        output.WriteTag(StepField, WireFormat.WireType.Varint);
        output.WriteInt64(Step);
        if (FileVersion is not null)
        {
            output.WriteTag(FileVersionField, WireFormat.WireType.LengthDelimited);
            output.WriteString(FileVersion);
        }
        else
        {
            output.WriteTag(SummaryField, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(Summary()));
        }
    });

    /// <summary>Reads a message; fields that are not written here are passed over.</summary>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no message.</exception>
    internal static TensorBoardEvent Parse(byte[] bytes)
    {
        var (wallTime, step, version, scalars) = (0.0, 0L, (string?)null, new Dictionary<string, float>(StringComparer.Ordinal));
        var input = new CodedInputStream(bytes);
        while (input.ReadTag() is var tag && tag != 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case WallTimeField:
                    wallTime = input.ReadDouble();
                    break;
                case StepField:
                    step = input.ReadInt64();
                    break;
                case FileVersionField:
                    version = input.ReadString();
                    break;
                case SummaryField:
                    ParseSummary(input.ReadBytes().ToByteArray(), scalars);
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new TensorBoardEvent(wallTime, step, version, scalars);
    }

    private byte[] Summary() => Message(output =>
    {
        foreach (var (name, value) in Scalars)
        {
            output.WriteTag(ValueField, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(Message(inner =>
            {
                inner.WriteTag(TagField, WireFormat.WireType.LengthDelimited);
                inner.WriteString(name);
                inner.WriteTag(SimpleValueField, WireFormat.WireType.Fixed32);
                inner.WriteFloat(value);
            })));
        }
    });

    private static void ParseSummary(byte[] bytes, Dictionary<string, float> scalars)
    {
        var input = new CodedInputStream(bytes);
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagFieldNumber(tag) == ValueField)
            {
                ParseValue(input.ReadBytes().ToByteArray(), scalars);
            }
            else
            {
                input.SkipLastField();
            }
        }
    }

    private static void ParseValue(byte[] bytes, Dictionary<string, float> scalars)
    {
        var (name, value) = (string.Empty, 0f);
        var input = new CodedInputStream(bytes);
        while (input.ReadTag() is var tag && tag != 0)
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case TagField:
                    name = input.ReadString();
                    break;
                case SimpleValueField:
                    value = input.ReadFloat();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        scalars[name] = value;
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
        {
            write(output);
        }

        return buffer.ToArray();
    }
}
