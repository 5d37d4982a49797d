using System.CommandLine;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Tokenization;
using Repro.Core.Training.Policies;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Cli;

/// <summary>The options that say which model to load and how, shared by verbs that run one.</summary>
internal sealed class ModelOptions
{
    private readonly Option<string> _model = new("--model") { Description = "Folder of the model.", Required = true };
    private readonly Option<string?> _adapter = new("--adapter") { Description = "PEFT folder of an adapter on it." };
    private readonly Option<string?> _tokenizer = new("--tokenizer") { Description = "Folder of the tokenizer; default: that of the model." };
    private readonly Option<ChatForm> _template = new("--template") { Description = "How conversations are written.", DefaultValueFactory = _ => ChatForm.ChatMl };
    private readonly Option<string> _dtype = new("--dtype") { Description = "float32, bfloat16 or float16.", DefaultValueFactory = _ => "float32" };
    private readonly Option<string> _device = new("--device") { Description = "cpu or cuda:0.", DefaultValueFactory = _ => "cpu" };
    private readonly Option<string?> _out = new("--out") { Description = "File to write JSON lines to; default: standard output." };
    private readonly Option<int> _batch = new Option<int>("--batch") { Description = "Rows at once.", DefaultValueFactory = _ => 8 }.Limit(new AtLeastAttribute(1));

    internal void AddTo(Command command)
    {
        foreach (var option in new Option[] { _model, _adapter, _tokenizer, _template, _dtype, _device, _out, _batch })
        {
            command.Add(option);
        }
    }

    internal string Model(ParseResult arguments) => arguments.GetValue(_model)!;

    internal string? Adapter(ParseResult arguments) => arguments.GetValue(_adapter);

    internal ChatForm Template(ParseResult arguments) => arguments.GetValue(_template);

    internal int Batch(ParseResult arguments) => arguments.GetValue(_batch);

    internal TextTokenizer Tokenizer(ParseResult arguments) => TokenizerLoader.Load(arguments.GetValue(_tokenizer) ?? Model(arguments));

    internal Device Device(ParseResult arguments) => DeviceNames.Find(arguments.GetValue(_device)!);

    internal ScalarType Dtype(ParseResult arguments) => arguments.GetValue(_dtype) switch
    {
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        "float16" => ScalarType.Float16,
        var other => throw new InputException($"--dtype {other}: float32, bfloat16 or float16 was expected"),
    };

    /// <summary>Writes lines to the file that was asked for, or to standard output.</summary>
    internal void Write(ParseResult arguments, Action<TextWriter> write)
    {
        if (arguments.GetValue(_out) is not { } path)
        {
            write(arguments.InvocationConfiguration.Output);
            return;
        }

        try
        {
            var partial = path + ".partial";
            using (var writer = new StreamWriter(partial))
            {
                write(writer);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--out {path}: cannot be written ({e.Message})", e);
        }
    }
}
