"""LLVM IR to running code: the only users of llvmlite.binding and of the C compiler."""
