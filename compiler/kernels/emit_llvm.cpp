// The module has the shape of the emitted C++ (emit_cpp.cpp):
//
//   rdd_<name>      walks the rows, finds the neighbouring rows, calls the function of the row's kind
//   row.<kind>      one row: its ends cell by cell, the cells between them in vectors
//   cell.<place>    one cell
//
// Most of the time of compilation goes into generating code, so its amount is what matters: only the loop over the
// inner cells of a row is worth it. The single cells are compiled without optimisation, and the last vector of a row
// overlaps the one before (the same values are stored twice) in place of a loop over the remaining cells.
#include "compiler/kernels/emit_llvm.hpp"

#include <llvm/IR/IRBuilder.h>

#include <map>
#include <tuple>

#include "runtime/solve/kernel.hpp"

namespace rdd {
namespace {

using namespace ir;
using llvm::BasicBlock;
using llvm::Function;
using llvm::Type;
using llvm::Value;

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

/// Rows around a row as the functions pass them: offsets before, at and after it along y, then along z.
constexpr unsigned row_offsets = 6;

class Emitter {
 public:
  Emitter(const KernelIr& kernel, llvm::LLVMContext& context, const LlvmOptions& options)
      : kernel_(kernel),
        options_(options),
        module_(std::make_unique<llvm::Module>("rdd_" + kernel.name, context)),
        b_(context),
        real_(b_.getDoubleTy()),
        integer_(b_.getInt64Ty()),
        pointer_(b_.getPtrTy()) {
    llvm::FastMathFlags flags;
    flags.setAllowContract(options.contract);
    b_.setFastMathFlags(flags);
  }

  std::unique_ptr<llvm::Module> take() {
    std::vector<std::pair<RowKind, Function*>> rows;
    for (RowKind& kind : row_kinds(kernel_)) {
      Function* function = row_function(kind);
      rows.emplace_back(std::move(kind), function);
    }
    exported_function(rows);
    return std::move(module_);
  }

 private:
  // --- what every function shares

  /// Parameters of row and cell functions: the pointers of the kernel, and the offsets of the rows around.
  std::vector<Type*> common_parameters() const { return {pointer_, pointer_, pointer_, pointer_, pointer_}; }
  enum Parameter : unsigned { in_p, out_p, scalars_p, layout_p, rows_p, west_p, x_p, east_p };

  Function* new_function(const std::string& name, std::vector<Type*> parameters, bool internal) {
    auto* type = llvm::FunctionType::get(b_.getVoidTy(), parameters, false);
    const auto linkage = internal ? Function::InternalLinkage : Function::ExternalLinkage;
    Function* function = Function::Create(type, linkage, name, module_.get());
    function->addFnAttr(llvm::Attribute::NoUnwind);
    b_.SetInsertPoint(BasicBlock::Create(module_->getContext(), "entry", function));
    return function;
  }

  Value* number64(long value) { return b_.getInt64(static_cast<std::uint64_t>(value)); }

  /// The i-th long of a struct or array of longs.
  Value* integer_at(Value* base, std::size_t i) {
    return b_.CreateLoad(integer_, b_.CreateConstInBoundsGEP1_64(integer_, base, i));
  }
  Value* layout_n(Value* layout, std::size_t axis) { return integer_at(layout, axis); }
  Value* layout_stride(Value* layout, std::size_t which) { return integer_at(layout, 3 + which); }  // y, z, component
  static_assert(sizeof(KernelLayout) == 6 * sizeof(long) && sizeof(long) == 8);

  Value* real_at(Value* base, Value* i) { return b_.CreateGEP(real_, base, i); }

  // --- one body

  using RowKey = std::tuple<int, int, int, int>;  ///< input, component, shift along z, shift along y

  /// Where a body reads and writes: the first cell of each row around, and of each output row.
  struct Pointers {
    std::map<RowKey, Value*> in;
    std::vector<Value*> out;
    std::vector<Value*> scalars;
  };

  Pointers pointers(Function* f, const std::vector<const Region*>& regions) {
    Pointers found;
    Value* component = layout_stride(f->getArg(layout_p), 2);
    const auto row = [&](Value* field, int p, int dz, int dy) {
      Value* offset = b_.CreateMul(component, number64(p));
      offset = b_.CreateAdd(offset, integer_at(f->getArg(rows_p), index(1 + dy)));
      offset = b_.CreateAdd(offset, integer_at(f->getArg(rows_p), index(4 + dz)));
      return real_at(field, offset);
    };
    for (const Load& l : loads(regions)) {
      Value*& known = found.in[{l.input, l.component, l.shift[2], l.shift[1]}];
      if (known != nullptr) continue;
      Value* field = b_.CreateLoad(pointer_, b_.CreateConstInBoundsGEP1_64(pointer_, f->getArg(in_p), index(l.input)));
      known = row(field, l.component, l.shift[2], l.shift[1]);
    }
    for (int p = 0; p < kernel_.components; ++p) found.out.push_back(row(f->getArg(out_p), p, 0, 0));
    for (std::size_t i = 0; i < kernel_.scalars.size(); ++i)
      found.scalars.push_back(b_.CreateLoad(real_, b_.CreateConstInBoundsGEP1_64(real_, f->getArg(scalars_p), i)));
    return found;
  }

  /// Values of one body at one cell or at `lanes` neighbouring cells.
  class Body {
   public:
    Body(Emitter& emitter, const Pointers& pointers, std::array<Value*, 3> places, unsigned lanes)
        : e_(emitter),
          pointers_(pointers),
          places_(places),
          lanes_(lanes),
          type_(lanes == 1 ? e_.real_ : llvm::FixedVectorType::get(e_.real_, lanes)) {}

    /// All values first, then all stores: no load has to wait for a store it cannot prove harmless.
    void emit(const Region& region) {
      std::vector<Value*> values;
      for (const Assignment& a : region.body) values.push_back(value(a.value));
      for (std::size_t i = 0; i < values.size(); ++i) {
        Value* to = e_.real_at(pointers_.out[index(region.body[i].component)], places_[1]);
        e_.b_.CreateAlignedStore(values[i], to, llvm::Align(8));
      }
    }

   private:
    Value* value(const NodePtr& node) {
      Value*& known = known_[node.get()];
      if (known == nullptr) known = std::visit([&](const auto& inner) { return compute(inner); }, node->value);
      return known;
    }
    Value* all_lanes(Value* one) { return lanes_ == 1 ? one : e_.b_.CreateVectorSplat(lanes_, one); }

    Value* compute(const Number& n) { return llvm::ConstantFP::get(type_, n.value); }
    Value* compute(const Scalar& s) { return all_lanes(pointers_.scalars[index(s.index)]); }
    Value* compute(const Load& l) {
      Value*& known = loaded_[{l.input, l.component, l.shift[2], l.shift[1], l.shift[0]}];
      if (known == nullptr) {
        Value* row = pointers_.in.at({l.input, l.component, l.shift[2], l.shift[1]});
        known = e_.b_.CreateAlignedLoad(type_, address(row, l.shift[0]), llvm::Align(8));
      }
      return known;
    }
    Value* compute(const Add& n) {
      Value* left = value(n.left);
      return e_.b_.CreateFAdd(left, value(n.right));
    }
    Value* compute(const Subtract& n) {
      Value* left = value(n.left);
      return e_.b_.CreateFSub(left, value(n.right));
    }
    Value* compute(const Multiply& n) {
      Value* left = value(n.left);
      return e_.b_.CreateFMul(left, value(n.right));
    }

    /// Vectors never wrap around: their neighbours stand at a constant distance, which x86 adds for nothing.
    Value* address(Value* row, int shift) {
      if (lanes_ == 1) return e_.real_at(row, places_[index(1 + shift)]);
      return e_.b_.CreateConstGEP1_64(e_.real_, e_.real_at(row, places_[1]), static_cast<std::uint64_t>(long{shift}));
    }

    Emitter& e_;
    const Pointers& pointers_;
    std::array<Value*, 3> places_;
    unsigned lanes_;
    Type* type_;
    std::map<const Node*, Value*> known_;
    std::map<std::tuple<int, int, int, int, int>, Value*> loaded_;
  };

  // --- functions

  /// cell.<place>(in, out, scalars, layout, rows, west, x, east)
  Function* cell_function(const Region& region) {
    std::string place = "cell";
    for (const Zone zone : region.zones) place += "." + name(zone);
    std::vector<Type*> parameters = common_parameters();
    parameters.insert(parameters.end(), 3, integer_);
    Function* f = new_function(place, parameters, true);
    f->addFnAttr(llvm::Attribute::OptimizeNone);
    f->addFnAttr(llvm::Attribute::NoInline);
    const Pointers where = pointers(f, {&region});
    Body(*this, where, {f->getArg(west_p), f->getArg(x_p), f->getArg(east_p)}, 1).emit(region);
    b_.CreateRetVoid();
    return f;
  }

  void call_cell(Function* row, Function* cell, Value* west, Value* x, Value* east) {
    std::vector<Value*> arguments;
    for (unsigned i = in_p; i <= rows_p; ++i) arguments.push_back(row->getArg(i));
    arguments.insert(arguments.end(), {west, x, east});
    b_.CreateCall(cell, arguments);
  }

  /// row.<kind>(in, out, scalars, layout, rows)
  Function* row_function(const RowKind& kind) {
    std::vector<Function*> cells;
    for (const Region* region : kind.along_x) cells.push_back(cell_function(*region));
    Function* f = new_function("row." + name(kind.y) + "." + name(kind.z), common_parameters(), true);
    Value* n = layout_n(f->getArg(layout_p), 0);
    Value* last = b_.CreateSub(n, number64(1));
    const bool wraps = kind.along_x.size() == 1;
    const Region& inner = *kind.along_x[wraps ? 0 : 1];
    Function* inner_cell = cells[wraps ? 0 : 1];

    Value* second = b_.CreateSelect(b_.CreateICmpSGT(n, number64(1)), number64(1), number64(0));
    call_cell(f, cells.front(), wraps ? last : number64(0), number64(0), second);
    inner_cells(f, inner, inner_cell, last);
    Value* before = b_.CreateSub(n, number64(2));
    if (wraps) {
      BasicBlock* two = block(f, "last.cell");
      BasicBlock* done = block(f, "done");
      b_.CreateCondBr(b_.CreateICmpSGT(n, number64(1)), two, done);
      b_.SetInsertPoint(two);
      call_cell(f, cells.back(), before, last, number64(0));
      b_.CreateBr(done);
      b_.SetInsertPoint(done);
    } else {
      call_cell(f, cells.back(), before, last, last);
    }
    b_.CreateRetVoid();
    return f;
  }

  BasicBlock* block(Function* f, const char* name) { return BasicBlock::Create(module_->getContext(), name, f); }

  /// Cells 1 … last − 1: in vectors if they fill one, else one by one.
  void inner_cells(Function* f, const Region& region, Function* cell, Value* last) {
    const long lanes = options_.lanes;
    BasicBlock* vectors = block(f, "vectors");
    BasicBlock* few = block(f, "few");
    BasicBlock* end = block(f, "inner.end");
    b_.CreateCondBr(b_.CreateICmpSGE(last, number64(1 + lanes)), vectors, few);

    // The last vector is moved back to where it just fits.
    b_.SetInsertPoint(vectors);
    const Pointers where = pointers(f, {&region});
    Value* fits = b_.CreateSub(last, number64(lanes));
    counted(f, "vector", vectors, end, [&](Value* x) {
      Body(*this, where, {nullptr, x, nullptr}, options_.lanes).emit(region);
      Value* next = b_.CreateAdd(x, number64(lanes));
      next = b_.CreateSelect(b_.CreateICmpSLT(next, fits), next, fits);
      return std::pair(next, b_.CreateICmpSLT(x, fits));
    });

    b_.SetInsertPoint(few);
    BasicBlock* some = block(f, "few.some");
    b_.CreateCondBr(b_.CreateICmpSGT(last, number64(1)), some, end);
    b_.SetInsertPoint(some);
    counted(f, "few.cell", some, end, [&](Value* x) {
      Value* next = b_.CreateAdd(x, number64(1));
      call_cell(f, cell, b_.CreateSub(x, number64(1)), x, next);
      return std::pair(next, b_.CreateICmpSLT(next, last));
    });
    b_.SetInsertPoint(end);
  }

  /// A loop from 1 which is entered at least once; `body` gives the next value and whether to go on.
  template <class LoopBody>
  void counted(Function* f, const char* name, BasicBlock* from, BasicBlock* to, const LoopBody& body) {
    BasicBlock* loop = block(f, name);
    b_.CreateBr(loop);
    b_.SetInsertPoint(loop);
    llvm::PHINode* x = b_.CreatePHI(integer_, 2);
    x->addIncoming(number64(1), from);
    const auto [next, more] = body(x);
    x->addIncoming(next, b_.GetInsertBlock());
    b_.CreateCondBr(more, loop, to);
  }

  /// The neighbour of a row along an axis; only a periodic axis wraps around.
  Value* neighbour(Value* at, Value* n, bool periodic, int side) {
    Value* next = b_.CreateAdd(at, number64(side));
    if (!periodic) return next;
    if (side < 0) return b_.CreateSelect(b_.CreateICmpSGT(at, number64(0)), next, b_.CreateSub(n, number64(1)));
    return b_.CreateSelect(b_.CreateICmpSLT(next, n), next, number64(0));
  }

  void exported_function(const std::vector<std::pair<RowKind, Function*>>& kinds) {
    Function* f =
        new_function("rdd_" + kernel_.name, {pointer_, pointer_, pointer_, pointer_, integer_, integer_}, false);
    Value* first = f->getArg(4);
    Value* end = f->getArg(5);
    Value* n[3];
    for (std::size_t axis = 0; axis < 3; ++axis) n[axis] = layout_n(f->getArg(layout_p), axis);
    Value* rows = b_.CreateAlloca(llvm::ArrayType::get(integer_, row_offsets));
    BasicBlock* entry = b_.GetInsertBlock();
    BasicBlock* loop = block(f, "row");
    BasicBlock* next = block(f, "row.next");
    BasicBlock* done = block(f, "done");
    b_.CreateCondBr(b_.CreateICmpSLT(first, end), loop, done);

    b_.SetInsertPoint(loop);
    llvm::PHINode* row = b_.CreatePHI(integer_, 2, "row");
    row->addIncoming(first, entry);
    Value* at[3] = {nullptr, b_.CreateSRem(row, n[1], "y"), b_.CreateSDiv(row, n[1], "z")};
    for (std::size_t axis = 1; axis < 3; ++axis) {
      Value* stride = layout_stride(f->getArg(layout_p), axis - 1);
      for (int side = -1; side <= 1; ++side) {
        Value* place = side == 0 ? at[axis] : neighbour(at[axis], n[axis], kernel_.periodic[axis], side);
        const std::size_t slot = 3 * (axis - 1) + index(1 + side);
        b_.CreateStore(b_.CreateMul(place, stride), b_.CreateConstInBoundsGEP1_64(integer_, rows, slot));
      }
    }
    const auto in_zone = [&](Zone zone, std::size_t axis) -> Value* {
      Value* low = b_.CreateICmpEQ(at[axis], number64(0));
      Value* high = b_.CreateICmpEQ(at[axis], b_.CreateSub(n[axis], number64(1)));
      if (zone == Zone::low) return low;
      if (zone == Zone::high) return high;
      if (zone == Zone::middle) return b_.CreateNot(b_.CreateOr(low, high));
      return b_.getTrue();
    };
    for (const auto& [kind, function] : kinds) {
      BasicBlock* here = block(f, "kind");
      BasicBlock* otherwise = block(f, "kind.other");
      b_.CreateCondBr(b_.CreateAnd(in_zone(kind.y, 1), in_zone(kind.z, 2)), here, otherwise);
      b_.SetInsertPoint(here);
      b_.CreateCall(function, {f->getArg(in_p), f->getArg(out_p), f->getArg(scalars_p), f->getArg(layout_p), rows});
      b_.CreateBr(next);
      b_.SetInsertPoint(otherwise);
    }
    b_.CreateUnreachable();

    b_.SetInsertPoint(next);
    Value* following = b_.CreateAdd(row, number64(1));
    row->addIncoming(following, next);
    b_.CreateCondBr(b_.CreateICmpSLT(following, end), loop, done);
    b_.SetInsertPoint(done);
    b_.CreateRetVoid();
  }

  const KernelIr& kernel_;
  const LlvmOptions& options_;
  std::unique_ptr<llvm::Module> module_;
  llvm::IRBuilder<> b_;
  Type* real_;
  Type* integer_;
  Type* pointer_;
};

}  // namespace

std::unique_ptr<llvm::Module> emit_llvm(const KernelIr& kernel, llvm::LLVMContext& context,
                                        const LlvmOptions& options) {
  return Emitter(kernel, context, options).take();
}

}  // namespace rdd
