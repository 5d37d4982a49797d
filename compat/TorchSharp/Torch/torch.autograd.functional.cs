namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>Derivatives of whole functions.</summary>
        public static partial class functional
        {
            /// <summary>
            /// The derivative of every element of the result by every element of the input, of shape result shape x input shape.
            /// </summary>
            public static Tensor jacobian(Func<Tensor, Tensor> function, Tensor inputs) => Jacobians(single => [function(single[0])], [inputs])[0][0];

            /// <summary>One such derivative per result.</summary>
            public static IEnumerable<Tensor> jacobian(Func<Tensor, Tensor[]> function, Tensor inputs) =>
                Array.ConvertAll(Jacobians(single => function(single[0]), [inputs]), row => row[0]);

            /// <summary>One such derivative per input.</summary>
            public static IEnumerable<Tensor> jacobian(Func<Tensor[], Tensor> function, params Tensor[] inputs) =>
                Jacobians(all => [function(all)], inputs)[0];

            /// <summary>One such derivative per result and input, all inputs of the first result first.</summary>
            public static IEnumerable<Tensor> jacobian(Func<Tensor[], Tensor[]> function, params Tensor[] inputs) =>
                [.. Jacobians(function, inputs).SelectMany(row => row)];

            private static Tensor[][] Jacobians(Func<Tensor[], Tensor[]> function, Tensor[] inputs)
            {
                using var scope = NewDisposeScope();
                using var mode = enable_grad();
                var leaves = Array.ConvertAll(inputs, input => input.detach().clone().requires_grad_());
                var results = function(leaves);
                var rows = Array.ConvertAll(results, result => OfResult(result, leaves));
                scope.MoveToOuter(rows.SelectMany(row => row));
                return rows;
            }

            // One backward pass per element of the result.
            private static Tensor[] OfResult(Tensor result, Tensor[] leaves)
            {
                if (!result.requires_grad)
                {
                    // The result depends on none of the inputs.
                    return Array.ConvertAll(leaves, leaf => leaf.new_zeros((long[])[.. result.shape, .. leaf.shape]));
                }

                var elements = result.flatten();
                var gradients = new List<Tensor>[leaves.Length];
                for (var i = 0; i < leaves.Length; i++)
                {
                    gradients[i] = [];
                }

                for (var element = 0L; element < elements.numel(); element++)
                {
                    var row = grad([elements[element]], leaves, retain_graph: true, allow_unused: true);
                    for (var i = 0; i < leaves.Length; i++)
                    {
                        gradients[i].Add(row[i] ?? leaves[i].zeros_like());
                    }
                }

                return [.. leaves.Select((leaf, i) => stack(gradients[i]).reshape([.. result.shape, .. leaf.shape]))];
            }
        }
    }
}
