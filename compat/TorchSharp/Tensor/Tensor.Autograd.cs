using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Gradients.</content>
    public partial class Tensor
    {
        /// <summary>Whether operators on this tensor are recorded for differentiation.</summary>
        /// <exception cref="System.Runtime.InteropServices.ExternalException">Set for a dtype without gradients, or cleared for a tensor that is no leaf.</exception>
        public bool requires_grad
        {
            get
            {
                var required = NativeError.ThrowIfFailed(NativeMethods.repro_requires_grad(Handle)) != 0;
                GC.KeepAlive(this);
                return required;
            }

            set
            {
                NativeError.ThrowIfFailed(NativeMethods.repro_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        public bool is_leaf
        {
            get
            {
                var leaf = NativeError.ThrowIfFailed(NativeMethods.repro_is_leaf(Handle)) != 0;
                GC.KeepAlive(this);
                return leaf;
            }
        }

        /// <summary>The gradient accumulated by backward, or null. Every read makes a new handle to the same gradient.</summary>
        public Tensor? grad
        {
            get
            {
                NativeError.ThrowIfFailed(NativeMethods.repro_gradient(Handle, out var gradient));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }

            set
            {
                NativeError.ThrowIfFailed(NativeMethods.repro_set_gradient(Handle, value?.Handle ?? 0));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        /// <summary>Keeps the gradient of a tensor that is no leaf.</summary>
        public void retain_grad()
        {
            NativeError.ThrowIfFailed(NativeMethods.repro_retain_grad(Handle));
            GC.KeepAlive(this);
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Adds the derivative of this scalar to the <see cref="grad"/> of every leaf it depends on.</summary>
        public void backward() => Gradients.Backward([this], null, false, false, null);

        /// <summary>Adds derivatives to the leaves, or to <paramref name="inputs"/> alone.</summary>
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            Gradients.Backward([this], grad_tensors, retain_graph, create_graph, inputs);

        /// <summary>The same values, cut from the graph; storage is shared.</summary>
        public Tensor detach() => Aten.detach.Unary(this);

        public Tensor detach_() => Aten.detach_.InPlace(this);
    }
}
