using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            protected DeviceType _deviceType = DeviceType.CPU;
            protected int _deviceIndex = -1;

            // Old tensors stay referenced during a conversion, so that no handle in the map can be used again.
            private Dictionary<IntPtr, (Tensor Old, Tensor New)>? _converted;

            /// <summary>The device and dtype that a new layer gets when the caller names none: the default device, float32.</summary>
            protected static (Device device, ScalarType dtype) GetDefaultDeviceAndType(Device? device = null, ScalarType? dtype = null)
                => (device ?? get_default_device(), dtype ?? ScalarType.Float32);

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                _toEpilog(device, dtype, non_blocking);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                _toEpilog(deviceType, deviceIndex, non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                _toEpilog(dtype, non_blocking);
                return this;
            }

            /// <summary>Takes device and dtype of another tensor.</summary>
            public Module _to(Tensor other, bool non_blocking) => _to(other.device, other.dtype, non_blocking);

            protected void _toEpilog(Device device, ScalarType dtype, bool non_blocking)
                => _toEpilog((ScalarType?)dtype, device, non_blocking);

            protected void _toEpilog(DeviceType deviceType, int deviceIndex, bool non_blocking)
                => _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);

            protected void _toEpilog(ScalarType dtype, bool non_blocking) => _toEpilog(dtype, null, non_blocking);

            /// <summary>
            /// Converts this module and everything below it. Floating-point tensors change dtype, all tensors change device.
            /// A converted parameter is a new object and the old one is disposed: make optimisers afterwards. Tied parameters stay tied.
            /// </summary>
            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                Dictionary<IntPtr, (Tensor Old, Tensor New)> converted = _converted ?? [];
                foreach ((_, Module child) in _internal_submodules)
                {
                    child._converted = converted;
                    try
                    {
                        child._toEpilog(dtype, device, non_blocking);
                    }
                    finally
                    {
                        child._converted = null;
                    }
                }

                ConvertOwn(dtype, device, converted);
                if (_converted is null)
                {
                    foreach ((Tensor old, _) in converted.Values)
                    {
                        old.Dispose();
                    }
                }

                if (device is not null)
                {
                    _deviceType = device.type;
                    _deviceIndex = device.index;
                }
            }

            /// <summary>Makes a converted copy of a parameter; false when it fits already.</summary>
            protected static bool ReplaceParameter(ScalarType? dtype, Device? device, Parameter param, [NotNullWhen(true)] out Parameter? p)
            {
                p = param;
                if (!Needs(param, ref dtype, device))
                {
                    return false;
                }

                bool requiresGrad = param.requires_grad;
                using (no_grad())
                using (Tensor? gradient = param.grad)
                {
                    p = new Parameter(Converted(param, dtype, device), requiresGrad);
                    p.MoveToOtherDisposeScope(param);
                    if (gradient is not null)
                    {
                        using Tensor moved = Converted(gradient, dtype, device);
                        p.grad = moved;
                    }
                }

                return true;
            }

            /// <summary>Makes a converted copy of a buffer; false when it fits already.</summary>
            protected static bool ReplaceBuffer(ScalarType? dtype, Device? device, Tensor buffer, [NotNullWhen(true)] out Tensor? result)
            {
                result = buffer;
                if (!Needs(buffer, ref dtype, device))
                {
                    return false;
                }

                using (no_grad())
                {
                    result = Converted(buffer, dtype, device).MoveToOtherDisposeScope(buffer);
                }

                return true;
            }

            private void ConvertOwn(ScalarType? dtype, Device? device, Dictionary<IntPtr, (Tensor Old, Tensor New)> converted)
            {
                var replaced = new List<(Tensor Old, Tensor New)>();
                foreach (string own in _internal_params.keys().ToArray())
                {
                    Parameter parameter = _internal_params[own];
                    if (!converted.ContainsKey(parameter.Handle) && ReplaceParameter(dtype, device, parameter, out Parameter? made))
                    {
                        converted[parameter.Handle] = (parameter, made);
                    }

                    if (converted.TryGetValue(parameter.Handle, out (Tensor Old, Tensor New) pair))
                    {
                        _internal_params[own] = (Parameter)pair.New;
                        replaced.Add((parameter, pair.New));
                    }
                }

                foreach (string own in _internal_buffers.keys().ToArray())
                {
                    (Tensor buffer, bool persistent) = _internal_buffers[own];
                    if (!converted.ContainsKey(buffer.Handle) && ReplaceBuffer(dtype, device, buffer, out Tensor? made))
                    {
                        converted[buffer.Handle] = (buffer, made);
                    }

                    if (converted.TryGetValue(buffer.Handle, out (Tensor Old, Tensor New) pair))
                    {
                        _internal_buffers[own] = (pair.New, persistent);
                        replaced.Add((buffer, pair.New));
                    }
                }

                ReplaceFields(replaced);
            }

            /// <summary>Fields that held an old tensor hold the new one.</summary>
            private void ReplaceFields(List<(Tensor Old, Tensor New)> replaced)
            {
                FieldInfo[]? fields = null;
                foreach ((Tensor old, Tensor made) in replaced)
                {
                    fields ??= ComponentFields().ToArray();
                    foreach (FieldInfo field in fields)
                    {
                        if (ReferenceEquals(field.GetValue(this), old))
                        {
                            field.SetValue(this, made);
                        }
                    }
                }
            }

            private static bool Needs(Tensor tensor, ref ScalarType? dtype, Device? device)
            {
                if (dtype is not null && (tensor.dtype == dtype || !(tensor.is_floating_point() || tensor.is_complex())))
                {
                    dtype = null;
                }

                return dtype is not null
                    || (device is not null && (tensor.device_type != device.type || (device.index >= 0 && tensor.device_index != device.index)));
            }

            private static Tensor Converted(Tensor tensor, ScalarType? dtype, Device? device)
                => device is null ? tensor.to_type(dtype ?? tensor.dtype)
                    : dtype is null ? tensor.to(device)
                    : tensor.to(dtype.Value, device);
        }
    }
}
