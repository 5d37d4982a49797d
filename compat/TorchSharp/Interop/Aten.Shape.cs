namespace TorchSharp.Interop;

/// <content>Operators: views and copies in another shape.</content>
internal static partial class Aten
{
    public static readonly Op adjoint = new("adjoint");
    public static readonly Op alias = new("alias");
    public static readonly Op as_strided = new("as_strided");
    public static readonly Op atleast_1d = new("atleast_1d");
    public static readonly Op atleast_2d = new("atleast_2d");
    public static readonly Op atleast_3d = new("atleast_3d");
    public static readonly Op broadcast_to = new("broadcast_to");
    public static readonly Op channel_shuffle = new("channel_shuffle");
    public static readonly Op clone = new("clone");
    public static readonly Op contiguous = new("contiguous");
    public static readonly Op diag = new("diag");
    public static readonly Op diag_embed = new("diag_embed");
    public static readonly Op diagflat = new("diagflat");
    public static readonly Op diagonal = new("diagonal");
    public static readonly Op expand = new("expand");
    public static readonly Op expand_as = new("expand_as");
    public static readonly Op flatten_using_ints = new("flatten.using_ints");
    public static readonly Op flip = new("flip");
    public static readonly Op fliplr = new("fliplr");
    public static readonly Op flipud = new("flipud");
    public static readonly Op moveaxis_int = new("moveaxis.int");
    public static readonly Op moveaxis_intlist = new("moveaxis.intlist");
    public static readonly Op movedim_int = new("movedim.int");
    public static readonly Op movedim_intlist = new("movedim.intlist");
    public static readonly Op narrow = new("narrow");
    public static readonly Op permute = new("permute");
    public static readonly Op ravel = new("ravel");
    public static readonly Op repeat = new("repeat");
    public static readonly Op repeat_interleave_self_Tensor = new("repeat_interleave.self_Tensor");
    public static readonly Op repeat_interleave_self_int = new("repeat_interleave.self_int");
    public static readonly Op reshape = new("reshape");
    public static readonly Op roll = new("roll");
    public static readonly Op rot90 = new("rot90");
    public static readonly Op squeeze = new("squeeze");
    public static readonly Op squeeze_ = new("squeeze_");
    public static readonly Op squeeze__dim = new("squeeze_.dim");
    public static readonly Op squeeze_dim = new("squeeze.dim");
    public static readonly Op swapaxes = new("swapaxes");
    public static readonly Op swapdims = new("swapdims");
    public static readonly Op t = new("t");
    public static readonly Op tile = new("tile");
    public static readonly Op transpose_ = new("transpose_");
    public static readonly Op transpose_int = new("transpose.int");
    public static readonly Op unflatten_int = new("unflatten.int");
    public static readonly Op unfold = new("unfold");
    public static readonly Op unsqueeze = new("unsqueeze");
    public static readonly Op unsqueeze_ = new("unsqueeze_");
    public static readonly Op view = new("view");
    public static readonly Op view_as = new("view_as");
    public static readonly Op view_as_complex = new("view_as_complex");
    public static readonly Op view_as_real = new("view_as_real");
}
