"""MIR to LLVM IR (llvmlite.ir), no LLVM needed."""
