using System.Text.Json;
using Repro.Core.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Shared.Vectors;

/// <summary>One case of a vector file: parameters, inputs and expected outputs.</summary>
internal sealed class VectorCase
{
    private readonly JsonElement _case;

    private VectorCase(string file, JsonElement element)
    {
        File = file;
        _case = element;
        Id = element.GetProperty("id").GetString()!;
    }

    public string File { get; }

    public string Id { get; }

    /// <summary>The cases of a file.</summary>
    /// <exception cref="InvalidDataException">The file has another schema.</exception>
    public static IReadOnlyList<VectorCase> Load(string path)
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(path));
        var root = document.RootElement;
        if (root.GetProperty("schema").GetInt32() != 1)
        {
            throw new InvalidDataException($"{path}: schema {root.GetProperty("schema")}; 1 was expected.");
        }

        return [.. root.GetProperty("cases").EnumerateArray().Select(element => new VectorCase(path, element.Clone()))];
    }

    /// <summary>A parameter; its absence is an error.</summary>
    public JsonElement Parameter(string name) => Member("params", name);

    public double Number(string name) => Parameter(name).GetDouble();

    public double? OptionalNumber(string name) => Parameter(name).ValueKind == JsonValueKind.Null ? null : Number(name);

    public bool Flag(string name) => Parameter(name).GetBoolean();

    public string Text(string name) => Parameter(name).GetString()!;

    /// <summary>The names of all parameters.</summary>
    public IReadOnlyList<string> Parameters() => [.. _case.GetProperty("params").EnumerateObject().Select(member => member.Name)];

    public bool HasParameter(string name) => _case.GetProperty("params").TryGetProperty(name, out _);

    public bool HasInput(string name) => _case.GetProperty("inputs").TryGetProperty(name, out _);

    /// <summary>An input that is not a tensor.</summary>
    public JsonElement Input(string name) => Member("inputs", name);

    /// <summary>An output as it stands; its absence is an error.</summary>
    public JsonElement Output(string name) => Member("outputs", name);

    /// <summary>An input tensor; a floating one is given in <paramref name="type"/>.</summary>
    public Tensor Tensor(string name, ScalarType type) => VectorTensor.Read(Member("inputs", name), type);

    /// <summary>An integer or boolean input tensor.</summary>
    public Tensor Tensor(string name) => Tensor(name, ScalarType.Float32);

    /// <summary>Expected values by name, nested objects flattened with a slash; those of float64 where they are given.</summary>
    public IReadOnlyDictionary<string, double[]> Expected()
    {
        var expected = new Dictionary<string, double[]>(Outputs("outputs"), StringComparer.Ordinal);
        foreach (var (name, values) in _case.TryGetProperty("outputs_f64", out _) ? Outputs("outputs_f64") : [])
        {
            expected[name] = values;
        }

        return expected;
    }

    /// <summary>How far the recorded float32 run lies from float64, by name; 0 where float64 is not given.</summary>
    public IReadOnlyDictionary<string, double[]> Noise()
    {
        var single = Outputs("outputs");
        return Expected().ToDictionary(
            pair => pair.Key,
            pair => single.TryGetValue(pair.Key, out var recorded)
                ? [.. pair.Value.Zip(recorded, (x, y) => Math.Abs(x - y))]
                : new double[pair.Value.Length]);
    }

    private Dictionary<string, double[]> Outputs(string group)
    {
        var values = new Dictionary<string, double[]>(StringComparer.Ordinal);
        Flatten(_case.GetProperty(group), string.Empty, values);
        return values;
    }

    private static void Flatten(JsonElement element, string prefix, Dictionary<string, double[]> values)
    {
        foreach (var member in element.EnumerateObject())
        {
            var name = prefix + member.Name;
            if (member.Value.ValueKind == JsonValueKind.Object && !member.Value.TryGetProperty("dtype", out _))
            {
                Flatten(member.Value, name + "/", values);
            }
            else if (
                member.Value.ValueKind == JsonValueKind.Array
                    && member.Value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object))
            {
                foreach (var (index, item) in member.Value.EnumerateArray().Index())
                {
                    Flatten(item, Invariant($"{name}/{index}/"), values);
                }
            }
            else
            {
                values.Add(name, VectorTensor.Doubles(member.Value));
            }
        }
    }

    private JsonElement Member(string group, string name) =>
        _case.GetProperty(group).TryGetProperty(name, out var value)
            ? value
            : throw new InvalidDataException($"{File}: case {Id} has no {group}.{name}.");
}
