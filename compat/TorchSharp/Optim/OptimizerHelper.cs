using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What the optimisers have in common: groups, state per parameter, saving and loading.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    protected OptimizerOptions _defaults = null!;

    /// <summary>The state of each parameter by its handle.</summary>
    protected OrderedDict<IntPtr, OptimizerState> _state = new();

    public OptimizerHelper()
    {
    }

    /// <summary>Kinds of entries of a saved state.</summary>
    protected enum TypeCode
    {
        Double = 0,
        Long = 1,
        Tensor = 2,
        Options = 3,
        State = 4,
    }

    public override IEnumerable<Parameter> parameters() => base.parameters();

    public override void add_param_group(ParamGroup param_group) => base.add_param_group(param_group);

    public override void zero_grad() => base.zero_grad();

    /// <summary>Moves the state to a device.</summary>
    public void to(Device device)
    {
        foreach (OptimizerState state in _state.values())
        {
            state.to(device);
        }
    }

    /// <summary>Options and state: the objects themselves, not copies.</summary>
    public virtual StateDictionary state_dict()
    {
        var dictionary = new StateDictionary();
        foreach (ParamGroup group in _parameter_groups)
        {
            var indices = new List<int>();
            dictionary.Options.Add(group.Options);
            foreach (Parameter parameter in group.Parameters)
            {
                indices.Add(dictionary.State.Count);
                dictionary.State.Add(_state[parameter.Handle]);
            }

            dictionary.StateIndexRef.Add(indices);
        }

        return dictionary;
    }

    /// <summary>Copies options and state of another optimiser of the same kind.</summary>
    /// <exception cref="ArgumentException">The numbers of groups or parameters differ.</exception>
    public virtual void load_state_dict(StateDictionary state_dict)
    {
        ArgumentNullException.ThrowIfNull(state_dict);
        StateDictionary own = this.state_dict();
        CheckCounts(own, state_dict.Options.Count, state_dict.State.Count);
        for (int i = 0; i < own.Options.Count; i++)
        {
            if (!ReferenceEquals(own.Options[i], state_dict.Options[i]))
            {
                own.Options[i].LoadStateDict(state_dict.Options[i]);
            }
        }

        for (int i = 0; i < own.State.Count; i++)
        {
            if (!ReferenceEquals(own.State[i], state_dict.State[i]))
            {
                own.State[i].LoadStateDict(state_dict.State[i]);
            }
        }
    }

    public void save_state_dict(string location)
    {
        using FileStream stream = File.Create(location);
        using var writer = new BinaryWriter(stream);
        save_state_dict(writer);
    }

    /// <summary>Writes the name of the optimiser, the numbers of groups and parameters, all options, all state.</summary>
    public void save_state_dict(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        StateDictionary own = state_dict();
        writer.Write(GetType().Name);
        writer.Write7BitEncodedInt(own.Options.Count);
        writer.Write7BitEncodedInt(own.State.Count);
        own.Options.ForEach(options => options.SaveStateDict(writer));
        own.State.ForEach(state => state.SaveStateDict(writer));
    }

    /// <summary>Reads a state that <see cref="save_state_dict(string)"/> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The state is another optimiser's, damaged, or ends too early.</exception>
    /// <exception cref="ArgumentException">Numbers of groups or parameters, dtypes or shapes differ.</exception>
    public void load_state_dict(string location)
    {
        if (!File.Exists(location))
        {
            throw new FileNotFoundException($"There is no optimiser state '{location}'.", location);
        }

        using FileStream stream = File.OpenRead(location);
        using var reader = new BinaryReader(stream);
        try
        {
            load_state_dict(reader);
        }
        catch (InvalidDataException failure)
        {
            throw new InvalidDataException($"'{location}': {failure.Message}", failure);
        }
    }

    public void load_state_dict(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        try
        {
            string kind = reader.ReadString();
            if (kind != GetType().Name)
            {
                throw new InvalidDataException($"The state is that of '{kind}', the optimiser is '{GetType().Name}'.");
            }

            StateDictionary own = state_dict();
            CheckCounts(own, reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt());
            own.Options.ForEach(options => options.LoadStateDict(reader));
            own.State.ForEach(state => state.LoadStateDict(reader));
        }
        catch (Exception failure) when (failure is EndOfStreamException or FormatException)
        {
            throw new InvalidDataException("The optimiser state is damaged or ends too early.", failure);
        }
    }

    /// <summary>Adds a group whose options are complete. A parameter may be in one group only.</summary>
    /// <exception cref="ArgumentException">A parameter is in a group already.</exception>
    private protected void AddGroup(ParamGroup group, Func<Parameter, OptimizerState> newState)
    {
        Parameter[] parameters = group.Parameters.ToArray();
        group.Parameters = parameters;
        var handles = new HashSet<IntPtr>(_state.keys());
        if (!parameters.All(parameter => handles.Add(parameter.Handle)))
        {
            throw new ArgumentException("A parameter appears twice among the parameter groups.", nameof(group));
        }

        foreach (Parameter parameter in parameters)
        {
            OptimizerState state = newState(parameter);
            state.Initialize(group.Options);
            _state[parameter.Handle] = state;
        }

        _parameter_groups.Add(group);
    }

    /// <summary>Runs the closure with gradient, then the update of each group without, then releases temporary tensors.</summary>
    protected Tensor? _step<T>(Action<T> body, Func<Tensor>? loss_closure = null)
        where T : ParamGroup
    {
        ArgumentNullException.ThrowIfNull(body);
        Tensor? loss = null;
        if (loss_closure is not null)
        {
            using var gradient = enable_grad();
            loss = loss_closure();
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (ParamGroup group in _parameter_groups)
        {
            body((T)group);
        }

        return loss;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            foreach (OptimizerState state in _state.values())
            {
                (state as IDisposable)?.Dispose();
            }
        }
    }

    private protected static void Require(bool holds, string what, double value)
    {
        if (!holds)
        {
            throw new ArgumentException($"Invalid {what}: {value}.");
        }
    }

    private static void CheckCounts(StateDictionary own, int groups, int parameters)
    {
        if (groups != own.Options.Count || parameters != own.State.Count)
        {
            throw new ArgumentException($"The state has {groups} groups with {parameters} parameters, "
                + $"the optimiser {own.Options.Count} with {own.State.Count}.");
        }
    }
}
