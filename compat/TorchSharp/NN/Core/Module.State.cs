using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>
            /// Parameters and persistent buffers by dotted name. The tensors are those of the module, not copies.
            /// A tensor that two submodules share is listed under both names.
            /// </summary>
            /// <param name="destination">A dictionary to add to; a new one if null.</param>
            /// <param name="prefix">Put before every name, with a dot.</param>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                string start = string.IsNullOrEmpty(prefix) ? string.Empty : prefix + ".";
                foreach ((string own, Parameter parameter) in named_parameters())
                {
                    destination.TryAdd(start + own, parameter);
                }

                foreach ((string own, Tensor buffer) in named_buffers(true, false))
                {
                    destination.TryAdd(start + own, buffer);
                }

                foreach ((string child, Module module) in _internal_submodules)
                {
                    module.state_dict(destination, start + child);
                }

                return destination;
            }

            /// <summary>Copies tensors of equal name and shape into this module; dtype and device are converted.</summary>
            /// <param name="source">Tensors by dotted name.</param>
            /// <param name="strict">Whether the names have to be exactly those of <see cref="state_dict"/>.</param>
            /// <param name="skip">Names that are neither copied nor compared.</param>
            /// <exception cref="InvalidOperationException">Names differ while <paramref name="strict"/>; the message lists them.</exception>
            /// <exception cref="ArgumentException">A shape differs; the message names the key. Nothing has been copied then.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                ArgumentNullException.ThrowIfNull(source);
                Dictionary<string, Tensor> target = state_dict();
                List<string> missing = Only(target.Keys, source, skip);
                List<string> unexpected = Only(source.Keys, target, skip);
                if (strict && missing.Count + unexpected.Count > 0)
                {
                    throw new InvalidOperationException("The state does not fit the module: "
                        + $"missing [{string.Join(", ", missing)}], unexpected [{string.Join(", ", unexpected)}].");
                }

                (string Key, Tensor From, Tensor To)[] pairs = source
                    .Where(entry => target.ContainsKey(entry.Key) && skip?.Contains(entry.Key) != true)
                    .Select(entry => (entry.Key, entry.Value, target[entry.Key]))
                    .ToArray();
                foreach ((string key, Tensor from, Tensor to) in pairs)
                {
                    if (!from.shape.SequenceEqual(to.shape))
                    {
                        throw new ArgumentException($"'{key}' has shape {StateFile.Text(from.shape)} in the state, the module expects {StateFile.Text(to.shape)}.", nameof(source));
                    }
                }

                using (no_grad())
                {
                    foreach ((_, Tensor from, Tensor to) in pairs)
                    {
                        to.copy_(from);
                    }
                }

                return (missing, unexpected);
            }

            /// <summary>Writes the state to a file.</summary>
            public Module save(string location, IList<string>? skip = null)
            {
                using FileStream stream = File.Create(location);
                return save(stream, skip);
            }

            /// <summary>Writes the state to a stream and leaves the stream open.</summary>
            public Module save(Stream stream, IList<string>? skip = null)
            {
                using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
                return save(writer, skip);
            }

            /// <summary>Writes the state: an entry count, then name, dtype, shape and raw bytes of every tensor.</summary>
            /// <param name="writer">Where to write.</param>
            /// <param name="skip">Names to leave out.</param>
            public Module save(BinaryWriter writer, IList<string>? skip = null)
            {
                save_state_dict(writer, state_dict(), skip);
                return this;
            }

            public static void save_state_dict(BinaryWriter writer, Dictionary<string, Tensor> sd, IList<string>? skip = null)
            {
                ArgumentNullException.ThrowIfNull(writer);
                ArgumentNullException.ThrowIfNull(sd);
                StateFile.Write(writer, sd.Where(entry => skip?.Contains(entry.Key) != true).ToArray());
            }

            /// <summary>Reads a state that <see cref="save(string, IList{string})"/> wrote.</summary>
            /// <exception cref="FileNotFoundException">There is no such file.</exception>
            /// <exception cref="InvalidDataException">The file is damaged or ends too early.</exception>
            /// <exception cref="ArgumentException">A name, dtype or shape does not fit; the message names the key.</exception>
            public virtual Module load(string location, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                if (!File.Exists(location))
                {
                    throw new FileNotFoundException($"There is no state file '{location}'.", location);
                }

                using FileStream stream = File.OpenRead(location);
                using var reader = new BinaryReader(stream);
                try
                {
                    return load(reader, strict, skip, loadedParameters);
                }
                catch (InvalidDataException failure)
                {
                    throw new InvalidDataException($"'{location}': {failure.Message}", failure);
                }
            }

            /// <summary>Reads a state from a stream and leaves the stream open.</summary>
            public Module load(Stream stream, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
                return load(reader, strict, skip, loadedParameters);
            }

            /// <summary>Reads a state. All entries are read and checked before the first tensor of the module changes.</summary>
            /// <param name="reader">A reader at the start of a saved state.</param>
            /// <param name="strict">Whether the names have to be exactly those of the module.</param>
            /// <param name="skip">Names whose tensors stay as they are.</param>
            /// <param name="loadedParameters">Receives every name of the module with whether it was read.</param>
            public virtual Module load(BinaryReader reader, bool strict = true, IList<string>? skip = null, Dictionary<string, bool>? loadedParameters = null)
            {
                ArgumentNullException.ThrowIfNull(reader);
                Dictionary<string, Tensor> target = state_dict();
                IReadOnlyList<StateFile.Entry> entries = StateFile.Read(reader, target, strict, skip);
                foreach (string key in target.Keys)
                {
                    loadedParameters?.TryAdd(key, false);
                }

                foreach (StateFile.Entry entry in entries)
                {
                    StateFile.CopyTo(entry, target[entry.Key]);
                    if (loadedParameters is not null)
                    {
                        loadedParameters[entry.Key] = true;
                    }
                }

                return this;
            }

            /// <summary>Makes a module and loads its state from a file.</summary>
            public static Module Create<T>(string path)
                where T : Module, new()
                => new T().load(path);

            private static List<string> Only(IEnumerable<string> keys, Dictionary<string, Tensor> other, IList<string>? skip)
                => keys.Where(key => skip?.Contains(key) != true && !other.ContainsKey(key)).ToList();
        }
    }
}
