// The plug-in librdd_jit.so: LLVM IR (emit_llvm.cpp) -> machine code of this host, by ORC.
//
// No pass of LLVM's optimiser runs: the IR comes with explicit vectors and without anything to clean up, and generating
// code takes nearly all of the time. Each kernel is a module of its own, so that they are compiled side by side.
#include <llvm/ExecutionEngine/Orc/ExecutionUtils.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/ObjectTransformLayer.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "compiler/kernels/emit_llvm.hpp"
#include "compiler/kernels/jit_plugin.hpp"
#include "runtime/expects.hpp"

namespace rdd {
namespace {

#if LLVM_VERSION_MAJOR >= 18
constexpr auto codegen_level = llvm::CodeGenOptLevel::Less;
constexpr auto assembly_file = llvm::CodeGenFileType::AssemblyFile;
#else
constexpr auto codegen_level = llvm::CodeGenOpt::Less;
constexpr auto assembly_file = llvm::CGFT_AssemblyFile;
#endif

[[noreturn]] void fail(const std::string& attempt, llvm::Error error) {
  throw JitError("LLVM cannot " + attempt + ": " + llvm::toString(std::move(error)));
}

template <class T>
T done(const std::string& attempt, llvm::Expected<T> result) {
  if (!result) fail(attempt, result.takeError());
  return std::move(*result);
}

/// The machine this process runs on.
struct Host {
  llvm::orc::JITTargetMachineBuilder builder;
  unsigned lanes = 2;

  std::string text() const { return builder.getCPU() + ", " + std::to_string(64 * lanes) + "-bit vectors"; }
};

Host this_host() {
  static const bool initialised = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  expects(initialised, "a native target");
  auto builder = done("describe this machine", llvm::orc::JITTargetMachineBuilder::detectHost());
  builder.setCodeGenOptLevel(codegen_level);
  builder.setRelocationModel(llvm::Reloc::PIC_);  // the same code can be linked to a shared library
  builder.setCodeModel(llvm::CodeModel::Small);
  const std::string features = builder.getFeatures().getString();
  const unsigned lanes = features.find("+avx512f") != std::string::npos ? 8
                         : features.find("+avx") != std::string::npos   ? 4
                                                                        : 2;
  return {std::move(builder), lanes};
}

std::unique_ptr<llvm::TargetMachine> target_machine(const Host& on) {
  auto builder = on.builder;
  return done("generate code for this machine", builder.createTargetMachine());
}

std::unique_ptr<llvm::Module> module(const ir::KernelIr& kernel, llvm::LLVMContext& context, const Host& on,
                                     const llvm::TargetMachine& machine, const JitOptions& options) {
  check(kernel);
  auto emitted = emit_llvm(kernel, context,
                           {.lanes = on.lanes,
                            .prefetch = options.prefetch,
                            .interleave = options.interleave,
                            .contract = options.contract});
  emitted->setTargetTriple(machine.getTargetTriple().str());
  emitted->setDataLayout(machine.createDataLayout());
  const std::string width = std::to_string(64 * on.lanes);
  for (llvm::Function& function : *emitted) {
    function.addFnAttr("prefer-vector-width", width);  // some hosts would rather split 512-bit vectors
    function.addFnAttr("min-legal-vector-width", width);
  }
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  expects(!llvm::verifyModule(*emitted, &stream), "well-formed LLVM IR: " + stream.str());
  return emitted;
}

class OrcKernels final : public JitKernels {
 public:
  OrcKernels(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const Host on = this_host();
    const auto machine = target_machine(on);
    const unsigned threads = std::min(static_cast<unsigned>(kernels.size()), std::thread::hardware_concurrency());
    llvm::orc::LLJITBuilder builder;
    builder.setJITTargetMachineBuilder(on.builder).setNumCompileThreads(threads > 1 ? threads : 0);
    jit_ = done("set up its compiler", builder.create());
    std::mutex one_at_a_time;
    std::map<std::string, std::string> made;  // by the name of the module: the order of the threads must not show
    jit_->getObjTransformLayer().setTransform([&](std::unique_ptr<llvm::MemoryBuffer> object) {
      const std::lock_guard lock(one_at_a_time);
      made[object->getBufferIdentifier().str()] = object->getBuffer().str();
      return llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>(std::move(object));
    });
    // Functions such as exp, from the C library of this process.
    jit_->getMainJITDylib().addGenerator(
        done("see this process",
             llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(jit_->getDataLayout().getGlobalPrefix())));
    for (const ir::KernelIr& kernel : kernels) {
      auto context = std::make_unique<llvm::LLVMContext>();
      auto emitted = module(kernel, *context, on, *machine, options);
      if (llvm::Error error = jit_->addIRModule({std::move(emitted), std::move(context)}))
        fail("take the kernel '" + kernel.name + "'", std::move(error));
    }
    compile_all(kernels);
    for (auto& [name, object] : made) objects.push_back(std::move(object));
    for (const ir::KernelIr& kernel : kernels) {
      const auto address = done("find the kernel '" + kernel.name + "'", jit_->lookup("rdd_" + kernel.name));
      functions_[kernel.name] = address.toPtr<KernelFunction>();
    }
    compile_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    host = on.text();
  }

  KernelFunction function(const std::string& name) const override {
    const auto found = functions_.find(name);
    return found == functions_.end() ? nullptr : found->second;
  }

 private:
  /// Asking for all of them at once sets all threads to work.
  void compile_all(const std::vector<ir::KernelIr>& kernels) {
    llvm::orc::SymbolLookupSet symbols;
    for (const ir::KernelIr& kernel : kernels) symbols.add(jit_->mangleAndIntern("rdd_" + kernel.name));
    const auto order = llvm::orc::makeJITDylibSearchOrder(&jit_->getMainJITDylib());
    done("compile the kernels", jit_->getExecutionSession().lookup(order, std::move(symbols)));
  }

  std::unique_ptr<llvm::orc::LLJIT> jit_;
  std::map<std::string, KernelFunction> functions_;
};

std::unique_ptr<JitKernels> compile(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  return std::make_unique<OrcKernels>(kernels, options);
}

std::string llvm_text(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  const Host on = this_host();
  const auto machine = target_machine(on);
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (const ir::KernelIr& kernel : kernels) {
    llvm::LLVMContext context;
    module(kernel, context, on, *machine, options)->print(stream, nullptr);
  }
  return stream.str();
}

std::string assembly_text(const std::vector<ir::KernelIr>& kernels, const JitOptions& options) {
  const Host on = this_host();
  const auto machine = target_machine(on);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  for (const ir::KernelIr& kernel : kernels) {
    llvm::LLVMContext context;
    auto emitted = module(kernel, context, on, *machine, options);
    llvm::legacy::PassManager passes;
    if (machine->addPassesToEmitFile(passes, stream, nullptr, assembly_file))
      throw JitError("LLVM cannot write assembly for this machine");
    passes.run(*emitted);
  }
  return std::string(text);
}

}  // namespace
}  // namespace rdd

extern "C" const rdd::JitPlugin* rdd_jit_plugin() {
  static const rdd::JitPlugin plugin{rdd::compile, rdd::llvm_text, rdd::assembly_text};
  return &plugin;
}
